import * as tf from '@tensorflow/tfjs-core';
import { partSeed } from '../../../batch-parts.js';
import type { ElementsInPlace } from '../../backend.js';
import type { Images } from '../images.js';
import type { ModelInTraining } from '../model-in-training.js';
import type { Exchange } from './exchange.js';

/** One shard's copy of a model in training. All copies take the same steps, so they stay the same. */
export class Replica {
  private readonly results: Float32Array;
  private readonly elements: ElementsInPlace;
  /** Of the step that is under way, one for each trainable variable. */
  private gradients: tf.Tensor[] = [];

  constructor(
    private readonly trainer: ModelInTraining,
    private readonly exchange: Exchange,
    private readonly shard: number,
  ) {
    const { name, elements } = trainer.engine;
    if (!elements) throw new Error(`a batch cannot be split over threads on the engine ${name}`);
    this.elements = elements;
    this.results = exchange.results(shard);
  }

  /** Computes the gradients of this shard's images, and batch norm's statistics after them, for all to see. */
  compute(images: Images, step: number): void {
    const { trainer, exchange, shard, results } = this;
    // Of a step that has failed.
    this.dispose();
    if (images.count === 0) {
      this.gradients = trainer.model.trainable.map(({ shape }) => tf.zeros([...shape]));
      exchange.report(shard, 0, trainer.engine.peakBytes());
      return;
    }
    const { loss, gradients } = trainer.gradients(images, partSeed(trainer.dropSeed(step), 'shard', shard));
    this.gradients = gradients;
    let at = 0;
    for (const tensor of [...gradients, ...trainer.model.statistics]) {
      results.set(this.elements(tensor), at);
      at += tensor.size;
    }
    exchange.report(shard, this.elements(loss)[0] as number, trainer.engine.peakBytes());
    loss.dispose();
  }

  /** Takes an optimiser step with the mean of all gradients, and the mean of all statistics. */
  apply(step: number, learningRate: number): void {
    const { trainer, exchange, gradients } = this;
    let at = 0;
    for (const tensor of [...gradients, ...trainer.model.statistics]) {
      this.elements(tensor).set(exchange.mean.subarray(at, at + tensor.size));
      at += tensor.size;
    }
    trainer.apply(gradients, step, learningRate);
    this.dispose();
  }

  dispose(): void {
    tf.dispose(this.gradients);
    this.gradients = [];
  }
}
