import * as tf from '@tensorflow/tfjs-core';

/** Scalar tensors by value, so that a learning rate is sent to the device once a step and not once a variable. Keeps the latest few. */
export class Scalars {
  private readonly tensors = new Map<number, tf.Scalar>();

  of(value: number): tf.Scalar {
    const known = this.tensors.get(value);
    if (known) return known;
    const tensor = tf.keep(tf.scalar(value, 'float32'));
    this.tensors.set(value, tensor);
    const capacity = 16;
    for (const [oldest, old] of this.tensors) {
      if (this.tensors.size <= capacity) break;
      this.tensors.delete(oldest);
      old.dispose();
    }
    return tensor;
  }
}
