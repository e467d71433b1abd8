import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../batches.js';
import type { ModelInTraining } from '../model-in-training.js';
import { plainStrategy, type Strategy } from '../strategy.js';
import { Exchange } from './exchange.js';
import type { Answer, Phase, ThreadData, ThreadMessage } from './messages.js';
import { Replica } from './replica.js';

/**
 * One training on several threads: each computes the gradients of its share of every batch on an engine of its own, and all take the same
 * optimiser step with their mean. This thread trains the first shard. Owns the other threads until `close`.
 *
 * Batch norm measures each shard on its own, and the moving statistics are the mean of all shards'. Measuring the whole batch would make
 * all threads meet twice in every batch norm of both passes; and a shard of 16 images or more trains as well as the whole (ghost batch
 * norm, see strategy.ts).
 */
export class ShardPool {
  private constructor(
    private readonly exchange: Exchange,
    private readonly own: Replica,
    private readonly threads: readonly ShardThread[],
  ) {}

  /** Starts the threads for a trainer and waits until their engines are loaded. */
  static async open(trainer: ModelInTraining, { shards, ...rest }: Strategy): Promise<ShardPool> {
    const { engine, model, recipe, seed } = trainer;
    const { graph } = model;
    const results = [...model.trainable, ...model.statistics].reduce((sum, { size }) => sum + size, 0);
    const exchange = new Exchange({ shards, results, batch: recipe.batch, shape: graph.input });
    const { layout, memory } = exchange;
    const strategy = { ...plainStrategy, ...rest, shards: 1 };
    const threads = Array.from({ length: shards - 1 }, (_, i) => {
      return new ShardThread({ engine: engine.name, graph, recipe, seed, strategy, shard: i + 1, layout, memory });
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
  async step(batch: Batch, step: number, learningRate: number): Promise<tf.Scalar> {
    const counts = this.exchange.deal(batch).map(({ count }) => count);
    const losses = await this.all(
      (shard) => ({ phase: 'compute', count: counts[shard] as number, step }),
      () => this.own.compute(counts[0] as number, step),
    );
    await this.all(
      () => ({ phase: 'reduce', counts }),
      () => this.own.reduce(counts),
    );
    await this.all(
      () => ({ phase: 'apply', step, learningRate }),
      () => this.own.apply(step, learningRate),
    );
    return tf.scalar(losses.reduce((sum, loss, shard) => sum + (loss * (counts[shard] as number)) / batch.count, 0));
  }

  /** Gives every thread these values of all variables. */
  async load(values: SharedArrayBuffer): Promise<void> {
    await this.all(
      () => ({ phase: 'load', values }),
      () => 0,
    );
  }

  /** Most bytes that the engines of the other threads have held together. */
  get peakBytes(): number {
    return this.threads.reduce((sum, { peakBytes }) => sum + peakBytes, this.exchange.memory.byteLength);
  }

  close(): void {
    for (const thread of this.threads) thread.end();
  }

  /** Runs a phase on all threads, this one among them. Resolves with the loss of each shard. */
  private async all(phaseOf: (shard: number) => Phase, own: () => number): Promise<number[]> {
    const others = this.threads.map((thread, i) => thread.run(phaseOf(i + 1)));
    const settled = Promise.all(others);
    // Its rejection is met below, after what this thread computes itself.
    settled.catch(() => {});
    const loss = own();
    return [loss, ...(await settled).map((answer) => answer.loss)];
  }
}

/** One of the other threads. */
class ShardThread {
  readonly ready: Promise<Answer>;
  peakBytes = 0;
  private readonly worker: Worker;
  private waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;
  private failure: Error | null = null;

  constructor(data: ThreadData) {
    this.worker = new Worker(threadProgram(), { workerData: data, execArgv: [] });
    this.worker.on('message', (message: ThreadMessage) => {
      if (message.type === 'failed') {
        this.fail(new Error(message.message));
        return;
      }
      this.peakBytes = message.peakBytes;
      this.waiting?.resolve(message);
      this.waiting = null;
    });
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('exit', () => this.fail(new Error(`the thread of shard ${data.shard + 1} has ended`)));
    this.ready = this.answer();
  }

  run(phase: Phase): Promise<Answer> {
    this.worker.postMessage(phase);
    return this.answer();
  }

  end(): void {
    void this.worker.terminate();
  }

  /** Holds the process only while an answer is waited for: a training that was given up must not keep it alive. */
  private answer(): Promise<Answer> {
    this.worker.ref();
    const answered = new Promise<Answer>((resolve, reject) => {
      if (this.failure) reject(this.failure);
      else this.waiting = { resolve, reject };
    });
    return answered.finally(() => this.worker.unref());
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.waiting?.reject(this.failure);
    this.waiting = null;
  }
}

/** The compiled thread.js beside this file or, when this file runs from its source, in dist/. */
function threadProgram(): string {
  const beside = fileURLToPath(new URL('./thread.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../../dist/workers/training/shards/thread.js', import.meta.url));
}
