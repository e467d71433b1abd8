import * as tf from '@tensorflow/tfjs-core';
import { plainSteps, type StepPlan } from '../../../engine.js';
import { yieldToEvents } from '../../../yield.js';
import type { Images } from '../images.js';
import type { ModelInTraining } from '../model-in-training.js';
import { Exchange } from './exchange.js';
import type { Rendezvous } from './rendezvous.js';
import { Replica } from './replica.js';
import { ShardThread } from './shard-thread.js';

/** How long the others are waited for before it is looked whether they still live. */
const patienceMs = 50;

/**
 * One training on several threads: each computes the gradients of its share of every batch on an engine of its own, and all take the same
 * optimiser step with their mean. This thread trains the first shard. Owns the other threads until `close`.
 *
 * Batch norm normalises each shard on its own, and the moving statistics are the mean of all shards'. Measuring the whole batch would make
 * all threads meet twice in every batch norm of both passes; and a shard of 16 images or more trains as well as the whole (ghost batch
 * norm, see workers/engine/engine.ts).
 */
export class ShardPool {
  private readonly rendezvous: Rendezvous;

  private constructor(
    private readonly exchange: Exchange,
    private readonly own: Replica,
    private readonly threads: readonly ShardThread[],
  ) {
    this.rendezvous = exchange.rendezvous(0);
  }

  /** Starts the threads for a trainer and waits until their engines are loaded. */
  static async open(trainer: ModelInTraining, { shards, ...rest }: StepPlan): Promise<ShardPool> {
    const { engine, model, recipe, seed } = trainer;
    const { graph } = model;
    const results = [...model.trainable, ...model.statistics].reduce((sum, { size }) => sum + size, 0);
    const exchange = new Exchange({ shards, results, batch: recipe.batch, shape: graph.input });
    const { layout, memory } = exchange;
    const stepPlan = { ...plainSteps, ...rest, shards: 1 };
    const threads = Array.from({ length: shards - 1 }, (_, i) => {
      return new ShardThread({ engine: engine.name, graph, recipe, seed, stepPlan, shard: i + 1, layout, memory });
    });
    const pool = new ShardPool(exchange, new Replica(trainer, exchange, 0), threads);
    try {
      await Promise.all(threads.map((thread) => thread.ready));
    } catch (error) {
      pool.close();
      throw error;
    }
    return pool;
  }

  /** One optimiser step on a batch; resolves with the mean loss before it, which the caller disposes of. */
  async step(batch: Images, step: number, learningRate: number): Promise<tf.Scalar> {
    const { exchange, rendezvous, own } = this;
    const images = batch.count;
    const share = exchange.deal(batch);
    exchange.give({ order: 'step', images, step, learningRate });
    rendezvous.arrive();
    own.compute(share, step);
    await this.meet();
    exchange.reduce(0, images);
    await this.meet();
    own.apply(step, learningRate);
    return tf.scalar(exchange.loss(images));
  }

  /** Gives every thread these values of all variables. */
  async load(values: SharedArrayBuffer): Promise<void> {
    for (const thread of this.threads) thread.send(values);
    this.exchange.give({ order: 'load' });
    this.rendezvous.arrive();
    await this.meet();
  }

  /** Most bytes that the engines of the other threads have held together. */
  get peakBytes(): number {
    const { exchange } = this;
    return this.threads.reduce((sum, _, i) => sum + exchange.peakBytes(i + 1), exchange.memory.byteLength);
  }

  close(): void {
    this.own.dispose();
    for (const thread of this.threads) thread.end();
  }

  /** Comes to the next meeting and waits there for all others. Rejects when one of them is no more. */
  private async meet(): Promise<void> {
    this.rendezvous.arrive();
    for (const [i, thread] of this.threads.entries())
      while (!this.rendezvous.wait(i + 1, patienceMs)) {
        // Only the event loop tells what has become of a thread.
        await yieldToEvents();
        if (thread.failure) throw thread.failure;
      }
  }
}
