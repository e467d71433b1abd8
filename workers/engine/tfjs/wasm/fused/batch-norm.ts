import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormParams } from '../../backend.js';
import { activationKinds } from '../activation.js';
import { mayOverwrite, share } from '../backward.js';
import type { Run } from '../registration.js';
import { Normaliser } from '../stages/normaliser.js';
import { differentiable, runKernel } from './differentiable.js';
import { updateMoving } from './moving-statistics.js';

interface Attributes {
  readonly epsilon: number;
  readonly kind: number;
  /** Whether the statistics are the batch's; otherwise they are inputs. */
  readonly training: boolean;
  /** Backward only: dx takes the memory of dy. */
  readonly inPlace?: boolean;
}

/** [y, mean, variance] of x [.., channels], gamma, beta and, outside of training, mean and variance. */
const forward: Run<Attributes> = (runtime, { x, gamma, beta, mean, variance }, { epsilon, kind, training }) => {
  const channels = gamma!.shape[0] as number;
  const rows = tf.util.sizeFromShape(x!.shape) / channels;
  const y = runtime.output(x!.shape);
  const usedMean = training ? runtime.output([channels]) : share(runtime, mean!);
  const usedVariance = training ? runtime.output([channels]) : share(runtime, variance!);
  const address = runtime.address(x!);
  runtime.withScratch((take) => {
    const norm = new Normaliser(runtime, take, channels, epsilon, kind, {
      gamma: runtime.address(gamma!),
      beta: runtime.address(beta!),
      mean: runtime.address(usedMean),
      variance: runtime.address(usedVariance),
    });
    if (training) {
      // The first row is as good an origin as any: it lies within a few deviations of the mean.
      norm.addMoments(address, rows, address);
      norm.finishMoments(rows, address);
    }
    norm.prepare();
    norm.normalise(address, runtime.address(y), rows);
  });
  return [y, usedMean, usedVariance];
};

/** [dx, dGamma, dBeta] of x, dy, gamma, beta and the statistics of the forward pass. */
const backward: Run<Attributes> = (runtime, { x, dy, gamma, beta, mean, variance }, attributes) => {
  const { epsilon, kind, training, inPlace } = attributes;
  const channels = gamma!.shape[0] as number;
  const rows = tf.util.sizeFromShape(x!.shape) / channels;
  const dx = inPlace ? share(runtime, dy!) : runtime.output(x!.shape);
  const dGamma = runtime.output([channels]);
  const dBeta = runtime.output([channels]);
  const [xAddress, dyAddress, dxAddress] = [runtime.address(x!), runtime.address(dy!), runtime.address(dx)];
  runtime.withScratch((take) => {
    const norm = new Normaliser(runtime, take, channels, epsilon, kind, {
      gamma: runtime.address(gamma!),
      beta: runtime.address(beta!),
      mean: runtime.address(mean!),
      variance: runtime.address(variance!),
    });
    norm.prepare();
    norm.addGradient(xAddress, dyAddress, dxAddress, rows);
    norm.finishGradient(rows, training, runtime.address(dGamma), runtime.address(dBeta));
    // The activation's gradient was left in dx; without an activation it is dy itself.
    norm.combine(xAddress, kind === activationKinds.linear ? dyAddress : dxAddress, dxAddress, rows);
  });
  return [dx, dGamma, dBeta];
};

/** Batch norm with its activation; see `FusedOps`. */
export function batchNormActivation(x: tf.Tensor4D, p: BatchNormParams, training: boolean): tf.Tensor4D {
  const attributes = { epsilon: p.epsilon, kind: activationKinds[p.activation], training };
  const { gamma, beta } = p;
  return differentiable(
    [x, gamma, beta],
    () => {
      const statistics = training ? {} : { mean: p.movingMean, variance: p.movingVariance };
      const [y, mean, variance] = runKernel(forward, { x, gamma, beta, ...statistics }, attributes) as Three;
      if (training) updateMoving(p, mean, variance, x.size / gamma.size);
      return { y, reads: [x, gamma, beta], made: [mean, variance] };
    },
    (dy, saved) => {
      const [x, gamma, beta, mean, variance] = saved as [tf.Tensor, ...Three, tf.Tensor];
      const inputs = { x, dy, gamma, beta, mean, variance };
      return runKernel(backward, inputs, { ...attributes, inPlace: mayOverwrite(dy) });
    },
  );
}

type Three = [tf.Tensor, tf.Tensor, tf.Tensor];
