import * as tf from '@tensorflow/tfjs-core';

/*
 * Sums, scalings and concatenations whose gradients need only the incoming gradient. TensorFlow.js's own `add` and `mul` keep both operands
 * until the backward pass, which for a residual shortcut is a whole activation per block.
 */

/** a + b, of one shape. */
export function addSame(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
  return tf.customGrad((...inputs) => {
    const [left, right] = inputs as unknown as [tf.Tensor4D, tf.Tensor4D];
    return { value: tf.add(left, right), gradFunc: (dy: tf.Tensor) => [dy.clone(), dy.clone()] };
  })(a, b) as tf.Tensor4D;
}

/** x + bias, with one bias per channel (the last axis). */
export function addBias<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
  const leading = x.shape.slice(0, -1).map((_, axis) => axis);
  return tf.customGrad((...inputs) => {
    const [operand, b] = inputs as unknown as [tf.Tensor, tf.Tensor];
    return { value: tf.add(operand, b), gradFunc: (dy: tf.Tensor) => [dy.clone(), tf.sum(dy, leading)] };
  })(x, bias) as T;
}

/** x · factors, where the factors are constants that broadcast over x. */
export function scaleBy<T extends tf.Tensor>(x: T, factors: tf.Tensor): T {
  return tf.customGrad((...inputs) => {
    const [operand, save] = inputs as unknown as [tf.Tensor, (tensors: tf.Tensor[]) => void];
    save([factors]);
    return {
      value: tf.mul(operand, factors),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.mul(dy, saved[0] as tf.Tensor)],
    };
  })(x) as T;
}

/** Several tensors joined along their channels (the last axis). TensorFlow.js's own gradient keeps all of them; this one needs only their sizes. */
export function concatChannels(tensors: readonly tf.Tensor4D[]): tf.Tensor4D {
  const sizes = tensors.map(({ shape }) => shape[3]);
  return tf.customGrad((...inputs) => {
    const operands = inputs.slice(0, tensors.length) as tf.Tensor4D[];
    return { value: tf.concat(operands, 3), gradFunc: (dy: tf.Tensor) => tf.split(dy, sizes, 3) };
  })(...tensors) as tf.Tensor4D;
}
