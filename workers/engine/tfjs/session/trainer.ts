import * as tf from '@tensorflow/tfjs-core';
import { childSeed } from '../../../../search/base/random.js';
import type { LayerGraph } from '../../../../search/network/layers/index.js';
import type { Recipe } from '../../../../search/plan/recipe.js';
import { partSeed, splitEvenly } from '../../batch-parts.js';
import { plainSteps, type Snapshot, type StepPlan } from '../../engine.js';
import type { Backend } from '../backend.js';
import { buildModel, type Model } from '../model/model.js';
import type { Weights } from '../model/operations.js';
import { type LossAndGradients, lossAndGradients } from './gradients.js';
import { type Images, partOf, toTensor } from './images.js';
import type { ModelInTraining } from './model-in-training.js';
import { Optimizer } from './optimizer.js';
import { ShardPool } from './shards/pool.js';

/** A model in training: its variables, the optimiser's and how to take one step. Owns them all until `dispose`. */
export class Trainer implements ModelInTraining {
  readonly model: Model;
  private readonly optimizer: Optimizer;
  private shards: ShardPool | null = null;
  /** Whether the other shards do not have this one's values yet. */
  private isAhead = false;

  /** On this thread alone until `start`. */
  constructor(
    readonly engine: Backend,
    graph: LayerGraph,
    readonly recipe: Recipe,
    readonly seed: number,
    private readonly stepPlan: StepPlan = plainSteps,
  ) {
    this.model = buildModel(graph, engine, { seed, residualGamma: recipe.residualGamma });
    this.optimizer = new Optimizer(engine, this.model, recipe);
  }

  /** A trainer that has been started. */
  static async open(
    engine: Backend,
    graph: LayerGraph,
    recipe: Recipe,
    seed: number,
    stepPlan: StepPlan,
  ): Promise<Trainer> {
    const trainer = new Trainer(engine, graph, recipe, seed, stepPlan);
    try {
      await trainer.start();
      return trainer;
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  }

  /** Starts the other threads of the step plan, if it has any, and waits until they are ready for the first step. */
  async start(): Promise<void> {
    if (this.stepPlan.shards > 1) this.shards = await ShardPool.open(this, this.stepPlan);
  }

  /** What is validated, exported and tested: the moving averages where the recipe asks for them, the weights themselves otherwise. */
  get weights(): Weights {
    return this.optimizer.averages ?? this.model.weights;
  }

  /**
   * One optimiser step (from 0) on a batch of images. Resolves with the loss before the step, which the caller disposes of; without other
   * threads it is not read here, so that an engine may run ahead.
   */
  async step(batch: Images, step: number, learningRate: number): Promise<tf.Scalar> {
    if (this.shards) {
      if (this.isAhead) await this.shards.load(await this.sharedValues());
      this.isAhead = false;
      return this.shards.step(batch, step, learningRate);
    }
    return tf.tidy(() => {
      const { loss, gradients } = this.gradients(batch, this.dropSeed(step));
      this.apply(gradients, step, learningRate);
      return loss;
    });
  }

  dropSeed(step: number): number {
    return childSeed(this.seed, 'step', step);
  }

  gradients(batch: Images, dropSeed: number): LossAndGradients {
    const { microBatches } = this.stepPlan;
    const size = this.model.graph.input.reduce((product, side) => product * side, 1);
    const parts = splitEvenly(batch.count, microBatches).filter(({ count }) => count > 0);
    if (parts.length === 1) return this.gradientsOf(batch, dropSeed, 1);
    return tf.tidy(() => {
      let sum: LossAndGradients | null = null;
      parts.forEach((part, i) => {
        const own = this.gradientsOf(partOf(batch, part, size), partSeed(dropSeed, 'microBatch', i), 1 / parts.length);
        sum = addScaled(sum, own, part.count / batch.count);
      });
      return sum as unknown as LossAndGradients;
    });
  }

  apply(gradients: readonly tf.Tensor[], step: number, learningRate: number): void {
    this.optimizer.apply(gradients, step, learningRate);
  }

  /** Most bytes that the engines of all threads have held since they were loaded or since `resetPeak`. */
  get peakBytes(): number {
    return this.engine.peakBytes() + (this.shards?.peakBytes ?? 0);
  }

  /**
   * From here on the peak is that of training. An engine of its own memory takes values over when they are first used, which is now:
   * JavaScript's copies of them would be there beside them otherwise, until it collects its garbage.
   */
  resetPeak(): void {
    for (const variable of this.variables().values()) tf.dispose(tf.neg(variable));
    this.engine.resetPeak();
  }

  /** Everything that a later process, also on another engine, needs to go on: name and shape of each tensor, and how to read it. */
  snapshot(): Snapshot {
    const variables = this.variables();
    return {
      tensors: [...variables].map(([name, { shape }]) => ({ name, shape: [...shape] })),
      read: async (name) => (await (variables.get(name) as tf.Variable).data()) as Float32Array,
    };
  }

  /** Takes every value of a snapshot of this network. */
  restore(values: ReadonlyMap<string, Float32Array>): void {
    for (const [name, variable] of this.variables()) assign(variable, values.get(name) as Float32Array);
    this.isAhead = true;
  }

  /** Takes every value from what another shard's `sharedValues` wrote. */
  load(values: SharedArrayBuffer): void {
    let offset = 0;
    for (const variable of this.variables().values()) {
      assign(variable, new Float32Array(values, offset, variable.size));
      offset += variable.size * Float32Array.BYTES_PER_ELEMENT;
    }
  }

  dispose(): void {
    this.shards?.close();
    this.optimizer.dispose();
    this.model.dispose();
  }

  private gradientsOf(batch: Images, dropSeed: number, statisticsShare: number): LossAndGradients {
    const { model, engine, recipe, stepPlan } = this;
    return tf.tidy(() => {
      const images = toTensor(batch, model.graph.input);
      const labels = tf.tensor1d(batch.labels.subarray(0, batch.count), 'int32');
      const options = { training: true, dropSeed, recompute: stepPlan.recompute, statisticsShare };
      return lossAndGradients(
        () => engine.fused.softmaxCrossEntropy(model.forward(images, options), labels, recipe.labelSmoothing),
        model.trainable,
      );
    });
  }

  /** All variables' values, one after the other. */
  private async sharedValues(): Promise<SharedArrayBuffer> {
    const variables = [...this.variables().values()];
    const size = variables.reduce((sum, variable) => sum + variable.size, 0);
    const values = new Float32Array(new SharedArrayBuffer(size * Float32Array.BYTES_PER_ELEMENT));
    let at = 0;
    for (const variable of variables) {
      values.set((await variable.data()) as Float32Array, at);
      at += variable.size;
    }
    return values.buffer;
  }

  private variables(): Map<string, tf.Variable> {
    const weights = [...this.model.weights].map(([name, variable]) => [`weights/${name}`, variable] as const);
    return new Map([...weights, ...this.optimizer.slots]);
  }
}

/** sum + scale · own, in place of both. */
function addScaled(sum: LossAndGradients | null, own: LossAndGradients, scale: number): LossAndGradients {
  const add = <T extends tf.Tensor>(old: T | undefined, value: T): T => {
    const result = tf.tidy(() => {
      const scaled = tf.mul(value, scale);
      return (old ? tf.add(old, scaled) : scaled) as T;
    });
    tf.dispose(old ? [old, value] : value);
    return result;
  };
  return {
    loss: add(sum?.loss, own.loss),
    gradients: own.gradients.map((gradient, i) => add(sum?.gradients[i], gradient)),
  };
}

function assign(variable: tf.Variable, values: Float32Array): void {
  tf.tidy(() => variable.assign(tf.tensor(values, [...variable.shape])));
}
