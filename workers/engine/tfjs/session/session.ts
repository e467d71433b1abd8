import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../../../data/loader/batches.js';
import { checkSnapshot, type Session, type SessionOptions, type Snapshot, type TensorInfo } from '../../engine.js';
import type { Backend } from '../backend.js';
import { Normaliser, toTensor } from './images.js';
import { Trainer } from './trainer.js';

/** A session of any TensorFlow.js backend. */
export class TfjsSession implements Session {
  private readonly normaliser: Normaliser;
  /** Losses that the backend may still be computing. They are read seldom, since each reading waits for it. */
  private pending: tf.Scalar[] = [];

  private constructor(
    readonly trainer: Trainer,
    { normalisation }: SessionOptions,
  ) {
    this.normaliser = new Normaliser(normalisation);
  }

  static async open(backend: Backend, options: SessionOptions): Promise<TfjsSession> {
    const { graph, recipe, seed, stepPlan } = options;
    return new TfjsSession(await Trainer.open(backend, graph, recipe, seed, stepPlan), options);
  }

  get graph() {
    return this.trainer.model.graph;
  }

  get recipe() {
    return this.trainer.recipe;
  }

  get seed() {
    return this.trainer.seed;
  }

  get trainableParams() {
    return this.trainer.model.trainableParams;
  }

  async step(batch: Batch, step: number, learningRate: number): Promise<void> {
    this.pending.push(await this.trainer.step(this.normaliser.normalise(batch), step, learningRate));
  }

  async losses(): Promise<Float32Array> {
    if (this.pending.length === 0) return new Float32Array(0);
    const stacked = tf.stack(this.pending);
    tf.dispose(this.pending);
    this.pending = [];
    try {
      return (await stacked.data()) as Float32Array;
    } finally {
      stacked.dispose();
    }
  }

  async predict(batch: Batch): Promise<Float32Array> {
    const { model, weights } = this.trainer;
    const images = this.normaliser.normalise(batch);
    const logits = tf.tidy(() => model.forward(toTensor(images, batch.shape), { training: false, weights }));
    try {
      return (await logits.data()) as Float32Array;
    } finally {
      logits.dispose();
    }
  }

  snapshot(): Snapshot {
    return this.trainer.snapshot();
  }

  async restore(tensors: readonly TensorInfo[], values: ReadonlyMap<string, Float32Array>): Promise<void> {
    checkSnapshot(this.trainer.snapshot().tensors, tensors);
    this.trainer.restore(values);
  }

  async weights(): Promise<ReadonlyMap<string, Float32Array>> {
    const values = new Map<string, Float32Array>();
    for (const [name, variable] of this.trainer.weights) values.set(name, (await variable.data()) as Float32Array);
    return values;
  }

  async peakBytes(): Promise<number> {
    return this.trainer.peakBytes;
  }

  async resetPeak(): Promise<void> {
    this.trainer.resetPeak();
  }

  async close(): Promise<void> {
    tf.dispose(this.pending);
    this.pending = [];
    this.trainer.dispose();
  }
}
