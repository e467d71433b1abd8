import * as tf from '@tensorflow/tfjs-core';
import { gradientsAt } from '../session/gradients.js';
import type { StepContext } from './operations.js';

/** A differentiable function of an activation and of weights that it reads from its context. */
export type Block = (x: tf.Tensor4D, context: StepContext) => tf.Tensor4D;

/**
 * block(x), of which nothing but x is kept for the backward pass: it runs the block once more, with the same things dropped, and leaves
 * batch norm's moving statistics where they are (re-materialisation: Chen et al. 2016, arXiv 1604.06174). `inputGradient`: false where x
 * is no function of what is trained.
 */
export function recomputed(
  block: Block,
  x: tf.Tensor4D,
  weights: readonly tf.Variable[],
  context: StepContext,
  inputGradient: boolean,
): tf.Tensor4D {
  const again = { ...context, statisticsShare: 0 };
  return tf.customGrad((...operands) => {
    const save = operands.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    save([x]);
    return {
      value: block(x, context),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [input] = saved as [tf.Tensor4D];
        return gradientsAt(() => block(input, again), inputGradient ? [input, ...weights] : weights, dy);
      },
    };
  })(...(inputGradient ? [x, ...weights] : weights)) as tf.Tensor4D;
}
