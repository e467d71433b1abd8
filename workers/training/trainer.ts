import * as tf from '@tensorflow/tfjs-core';
import type { LayerGraph, Shape } from '../../search/layers.js';
import { childSeed } from '../../search/random.js';
import type { Recipe } from '../../search/recipe.js';
import type { Engine } from '../engine/engine.js';
import { buildModel, type Model } from '../model/model.js';
import type { Weights } from '../model/operations.js';
import type { Batch } from './batches.js';
import { type Checkpoint, DamagedCheckpoint } from './checkpoint-file.js';
import { toImages } from './evaluate.js';
import { lossAndGradients } from './gradients.js';
import { Optimizer } from './optimizer.js';

/** A model in training: its variables, the optimiser's and how to take one step. Owns them all until `dispose`. */
export class Trainer {
  readonly model: Model;
  private readonly optimizer: Optimizer;

  constructor(
    readonly engine: Engine,
    graph: LayerGraph,
    readonly recipe: Recipe,
    readonly seed: number,
  ) {
    this.model = buildModel(graph, engine, { seed });
    this.optimizer = new Optimizer(engine, this.model, recipe);
  }

  /** What is validated, exported and tested: the moving averages where the recipe asks for them, the weights themselves otherwise. */
  get weights(): Weights {
    return this.optimizer.averages ?? this.model.weights;
  }

  /**
   * One optimiser step (from 0) on a batch of images of one shape. Returns the loss before the step, which the caller disposes of; it is
   * not read here, so that an engine may run ahead.
   */
  step(batch: Batch, shape: Shape, step: number, learningRate: number): tf.Scalar {
    return tf.tidy(() => {
      const images = toImages(batch, shape);
      const labels = tf.tensor1d(batch.labels.subarray(0, batch.count), 'int32');
      const dropSeed = childSeed(this.seed, 'step', step);
      const { loss, gradients } = lossAndGradients(() => {
        const logits = this.model.forward(images, { training: true, dropSeed });
        return this.engine.fused.softmaxCrossEntropy(logits, labels, this.recipe.labelSmoothing);
      }, this.optimizer.variables);
      this.optimizer.apply(gradients, step, learningRate);
      return loss;
    });
  }

  /** Everything that a later process, also on another engine, needs to go on: name and shape of each tensor, and how to read it. */
  snapshot(): { tensors: { name: string; shape: number[] }[]; read: (name: string) => Promise<Float32Array> } {
    const variables = this.variables();
    return {
      tensors: [...variables].map(([name, { shape }]) => ({ name, shape: [...shape] })),
      read: async (name) => (await (variables.get(name) as tf.Variable).data()) as Float32Array,
    };
  }

  /** Takes every value from a checkpoint; throws `DamagedCheckpoint`, and changes nothing, when it holds another set of tensors. */
  restore({ header, tensors }: Checkpoint): void {
    const variables = this.variables();
    const shapes = new Map(header.tensors.map(({ name, shape }) => [name, shape.join()]));
    for (const [name, { shape }] of variables)
      if (shapes.get(name) !== shape.join()) throw new DamagedCheckpoint(`it does not hold ${name} of this network`);
    if (shapes.size !== variables.size) throw new DamagedCheckpoint('it holds more than this network');
    for (const [name, variable] of variables)
      tf.tidy(() => variable.assign(tf.tensor(tensors.get(name) as Float32Array, [...variable.shape])));
  }

  dispose(): void {
    this.optimizer.dispose();
    this.model.dispose();
  }

  private variables(): Map<string, tf.Variable> {
    const weights = [...this.model.weights].map(([name, variable]) => [`weights/${name}`, variable] as const);
    return new Map([...weights, ...this.optimizer.slots]);
  }
}
