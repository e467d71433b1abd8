import type * as tf from '@tensorflow/tfjs-core';
import type { Recipe } from '../../../../search/plan/recipe.js';
import type { Backend } from '../backend.js';
import type { Model } from '../model/model.js';
import type { LossAndGradients } from './gradients.js';
import type { Images } from './images.js';

/** A model with its optimiser, and a training step in two halves, between which other threads' gradients may come in. */
export interface ModelInTraining {
  readonly engine: Backend;
  readonly model: Model;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Seeds what a step drops. */
  dropSeed(step: number): number;
  /** The mean loss of these images and its gradients with regard to the model's trainable variables. The caller disposes of them. */
  gradients(batch: Images, dropSeed: number): LossAndGradients;
  /** One optimiser step with these gradients of the model's trainable variables. */
  apply(gradients: readonly tf.Tensor[], step: number, learningRate: number): void;
}
