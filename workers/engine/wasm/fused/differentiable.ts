import * as tf from '@tensorflow/tfjs-core';
import { release } from '../backward.js';

/** What a forward pass leaves: its result, and what the backward pass will read beside it. */
export interface Forward {
  readonly y: tf.Tensor;
  readonly saved: readonly tf.Tensor[];
}

/**
 * An operation with a backward pass of its own: `backward` gets the gradient of y and what was saved, and returns one gradient for each
 * input. Both are released right after it. Unlike the outputs of a registered kernel, what is saved is no output that TensorFlow.js
 * would make a tensor of zeros for in the backward pass.
 */
export function differentiable<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: () => Forward,
  backward: (dy: tf.Tensor, saved: readonly tf.Tensor[]) => tf.Tensor[],
): T {
  const op = tf.customGrad((...operands) => {
    const save = operands.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const { y, saved } = forward();
    save([...saved]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, kept: tf.Tensor[]) => {
        const gradients = backward(dy, kept);
        release(dy, ...kept);
        return gradients;
      },
    };
  });
  return op(...inputs) as T;
}

/** Runs a kernel that has several outputs. */
export function runKernel(
  name: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: object = {},
): tf.Tensor[] {
  return tf
    .engine()
    .runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap) as unknown as tf.Tensor[];
}
