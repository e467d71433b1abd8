import * as tf from '@tensorflow/tfjs-core';
import { partSeed } from '../batch-parts.js';
import type { ModelInTraining } from '../model-in-training.js';
import type { Exchange } from './exchange.js';

/** One shard's copy of a model in training. All copies take the same steps, so they stay the same. Each phase returns the loss, if it has one, or 0. */
export class Replica {
  private readonly results: Float32Array;

  constructor(
    private readonly trainer: ModelInTraining,
    private readonly exchange: Exchange,
    private readonly shard: number,
  ) {
    this.results = exchange.results(shard);
  }

  /** The gradients of the images that were dealt to this shard, and batch norm's statistics after them. Returns the mean loss. */
  compute(count: number, step: number): number {
    if (count === 0) return 0;
    const { trainer, exchange, shard, results } = this;
    return tf.tidy(() => {
      const { loss, gradients } = trainer.gradients(
        exchange.images(shard, count),
        partSeed(trainer.dropSeed(step), 'shard', shard),
      );
      let at = 0;
      for (const tensor of [...gradients, ...trainer.model.statistics]) {
        results.set(tensor.dataSync() as Float32Array, at);
        at += tensor.size;
      }
      return loss.dataSync()[0] as number;
    });
  }

  reduce(counts: readonly number[]): number {
    this.exchange.reduce(this.shard, counts);
    return 0;
  }

  /** Takes an optimiser step with the mean of all gradients, and the mean of all statistics. */
  apply(step: number, learningRate: number): number {
    const { trainer, exchange } = this;
    const { trainable, statistics } = trainer.model;
    tf.tidy(() => {
      let at = 0;
      const next = ({ shape, size }: tf.Tensor): tf.Tensor => {
        at += size;
        return tf.tensor(exchange.mean.subarray(at - size, at), shape);
      };
      const gradients = trainable.map(next);
      for (const variable of statistics) variable.assign(next(variable));
      trainer.apply(gradients, step, learningRate);
    });
    return 0;
  }
}
