import * as tf from '@tensorflow/tfjs-core';
import type { LayerGraph } from '../../search/layers.js';
import type { Engine } from '../engine/engine.js';
import { initialValues } from './initial.js';
import type { Weights } from './operations.js';
import { countTrainable, type ParameterSpec, parameterSpecs, sizeOf } from './parameters.js';
import { planSteps, type Step } from './steps.js';

export interface ForwardOptions {
  /** True: batch norm uses the batch and updates its moving statistics, dropout and stochastic depth are on. */
  readonly training: boolean;
  /** Seeds dropout and stochastic depth; another one for every step. */
  readonly dropSeed?: number;
  /** Used in place of the model's own, such as their moving averages. */
  readonly weights?: Weights;
}

/** A network that can be trained: its layer graph and one variable per parameter on the engine. Owns the variables. */
export class Model {
  readonly parameters: readonly ParameterSpec[];
  /** The model's variables by parameter name, in the order of the layers. */
  readonly weights: Weights;
  /** Trainable numbers, as the cost model counts them. */
  readonly trainableParams: number;
  private readonly steps: readonly Step[];

  constructor(
    readonly graph: LayerGraph,
    private readonly engine: Engine,
    valuesOf: (spec: ParameterSpec) => Float32Array,
  ) {
    this.steps = planSteps(graph);
    this.parameters = parameterSpecs(graph);
    this.trainableParams = countTrainable(this.parameters);
    this.weights = new Map(this.parameters.map((spec) => [spec.name, toVariable(spec, valuesOf(spec))]));
  }

  /**
   * Logits [batch, classes] of normalised images [batch, height, width, channels]. Differentiable with regard to the weights. Activations
   * are released as soon as no later layer reads them; in training the gradient tape keeps those that it needs.
   */
  forward(images: tf.Tensor4D, { training, dropSeed = 0, weights = this.weights }: ForwardOptions): tf.Tensor2D {
    const context = { fused: this.engine.fused, weights, training, dropSeed };
    return tf.tidy(() => {
      const values = new Map<string, tf.Tensor4D>([['input', images]]);
      const read = (name: string): tf.Tensor4D => {
        const value = values.get(name);
        if (!value) throw new Error(`${name} is read before it is computed`);
        return value;
      };
      for (const step of this.steps) {
        const inputs = step.inputs.map(read);
        values.set(
          step.output,
          tf.tidy(() => step.run(inputs, context)),
        );
        for (const name of step.releases) read(name).dispose();
      }
      const logits = read(this.graph.output);
      return tf.reshape(logits, [logits.shape[0], logits.size / logits.shape[0]]);
    });
  }

  dispose(): void {
    for (const variable of this.weights.values()) variable.dispose();
  }
}

/**
 * Builds the network on an engine that is TensorFlow.js's current backend. `seed`: the parameters start as initial.ts says; null: they
 * are zero, for whoever fills them from a checkpoint or a file. Throws an `InputError` for an operation that it does not know.
 */
export function buildModel(graph: LayerGraph, engine: Engine, { seed }: { readonly seed: number | null }): Model {
  return new Model(graph, engine, (spec) =>
    seed === null ? new Float32Array(sizeOf(spec.shape)) : initialValues(spec, seed),
  );
}

function toVariable(spec: ParameterSpec, values: Float32Array): tf.Variable {
  const tensor = tf.tensor(values, [...spec.shape]);
  // No name: TensorFlow.js's names are global to the process, and two models may well have a layer of the same name.
  const variable = tf.variable(tensor, spec.trainable);
  tensor.dispose();
  return variable;
}
