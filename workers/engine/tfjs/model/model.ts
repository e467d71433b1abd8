import * as tf from '@tensorflow/tfjs-core';
import type { LayerGraph } from '../../../../search/network/layers/index.js';
import {
  countTrainable,
  initialValues,
  type ParameterSpec,
  parameterSpecs,
  residualNorms,
  sizeOf,
} from '../../parameters.js';
import type { Backend } from '../backend.js';
import type { Weights } from './operations.js';
import { StepSegment, type Values } from './segment.js';
import { planSteps } from './steps.js';

export interface ForwardOptions {
  /** True: batch norm uses the batch and updates its moving statistics, dropout and stochastic depth are on. */
  readonly training: boolean;
  /** Seeds dropout and stochastic depth; different for every step. */
  readonly dropSeed?: number;
  /** Used instead of the model's own weights, such as their moving averages. */
  readonly weights?: Weights;
  /** In training: activations inside blocks are dropped and re-computed in the backward pass. */
  readonly recompute?: boolean;
  /** See `StepContext`; default 1. */
  readonly statisticsShare?: number;
}

/** A network that can be trained: its layer graph and one variable per parameter on the engine. Owns the variables. */
export class Model {
  readonly parameters: readonly ParameterSpec[];
  /** The model's variables by parameter name, in the order of the layers. */
  readonly weights: Weights;
  /** Trainable numbers, as the cost model counts them. */
  readonly trainableParams: number;
  /** The variables that gradients are taken of. */
  readonly trainable: readonly tf.Variable[];
  /** The variables of batch norm's moving statistics. */
  readonly statistics: readonly tf.Variable[];
  private readonly segments: readonly StepSegment[];

  constructor(
    readonly graph: LayerGraph,
    private readonly engine: Backend,
    valuesOf: (spec: ParameterSpec) => Float32Array,
  ) {
    this.parameters = parameterSpecs(graph);
    this.trainableParams = countTrainable(this.parameters);
    this.weights = new Map(this.parameters.map((spec) => [spec.name, toVariable(spec, valuesOf(spec))]));
    const variables = [...this.weights.values()];
    this.trainable = variables.filter(({ trainable }) => trainable);
    this.statistics = variables.filter(({ trainable }) => !trainable);
    this.segments = planSteps(graph).map(({ segment, steps }) => new StepSegment(segment, steps, this.parameters));
  }

  /**
   * Logits [batch, classes] of normalised images [batch, height, width, channels]. Differentiable with regard to the weights. Activations
   * are released as soon as no later layer reads them; in training the gradient tape keeps those that it needs.
   */
  forward(images: tf.Tensor4D, options: ForwardOptions): tf.Tensor2D {
    const { training, dropSeed = 0, weights = this.weights, recompute = false, statisticsShare = 1 } = options;
    const context = { fused: this.engine.fused, weights, training, dropSeed, statisticsShare };
    return tf.tidy(() => {
      const values: Values = new Map([['input', images]]);
      for (const segment of this.segments) {
        if (recompute && training && segment.canRecompute) segment.runRecomputed(values, context);
        else segment.run(values, context);
      }
      const logits = values.get(this.graph.output) as tf.Tensor4D;
      return tf.reshape(logits, [logits.shape[0], logits.size / logits.shape[0]]);
    });
  }

  dispose(): void {
    for (const variable of this.weights.values()) variable.dispose();
  }
}

export interface ModelStart {
  /** Parameters start as their operations say; null: they are zero, to be filled from a checkpoint or a file. */
  readonly seed: number | null;
  /** Where the gamma of the last batch norm of every residual branch starts; default 1. */
  readonly residualGamma?: number;
}

/** Builds the network on an engine that is TensorFlow.js's current backend. Throws an `InputError` for an operation that it does not know. */
export function buildModel(graph: LayerGraph, engine: Backend, { seed, residualGamma = 1 }: ModelStart): Model {
  const ends = residualNorms(graph);
  return new Model(graph, engine, (spec) => {
    if (seed === null) return new Float32Array(sizeOf(spec.shape));
    const values = initialValues(spec, seed);
    return spec.role === 'gamma' && ends.has(spec.layer) ? values.fill(residualGamma) : values;
  });
}

function toVariable(spec: ParameterSpec, values: Float32Array): tf.Variable {
  const tensor = tf.tensor(values, [...spec.shape]);
  // No name: TensorFlow.js's names are global to the process, and two models may have layers of the same name.
  const variable = tf.variable(tensor, spec.trainable);
  tensor.dispose();
  return variable;
}
