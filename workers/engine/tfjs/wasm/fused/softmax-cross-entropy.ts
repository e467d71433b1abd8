import * as tf from '@tensorflow/tfjs-core';
import type { Run } from '../registration.js';
import { differentiable, runKernel } from './differentiable.js';

/**
 * [mean loss, its gradient with regard to the logits [batch, classes]]: both come from the same exponentials. They are few (one an image
 * and class), so they are computed here in double precision.
 */
const forward: Run<{ labelSmoothing: number }> = (runtime, { logits, labels }, { labelSmoothing }) => {
  const [batch, classes] = logits!.shape as [number, number];
  const loss = runtime.output([]);
  const gradient = runtime.output([batch, classes]);
  const z = runtime.floats(logits!);
  const y = runtime.backend.typedArrayFromHeap(labels!);
  const g = runtime.floats(gradient);
  const rest = labelSmoothing / classes;
  let total = 0;
  for (let row = 0; row < batch; row++) {
    const start = row * classes;
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) top = Math.max(top, z[start + k] as number);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp((z[start + k] as number) - top);
    const logSum = Math.log(sum) + top;
    for (let k = 0; k < classes; k++) {
      const target = rest + (y[row] === k ? 1 - labelSmoothing : 0);
      const logProbability = (z[start + k] as number) - logSum;
      if (target > 0) total -= target * logProbability;
      g[start + k] = (Math.exp(logProbability) - target) / batch;
    }
  }
  runtime.floats(loss)[0] = total / batch;
  return [loss, gradient];
};

/** Mean cross-entropy; see `FusedOps`. */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, labelSmoothing: number): tf.Scalar {
  return differentiable(
    [logits],
    () => {
      const [y, gradient] = runKernel(forward, { logits, labels }, { labelSmoothing }) as [tf.Tensor, tf.Tensor];
      return { y, reads: [], made: [gradient] };
    },
    (dy, [gradient]) => [tf.mul(gradient as tf.Tensor, dy)],
  );
}
