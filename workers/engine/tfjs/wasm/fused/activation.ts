import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName } from '../../../../../search/network/layers/index.js';
import { activationKinds } from '../activation.js';
import { mayOverwrite, share } from '../backward.js';
import type { Run } from '../registration.js';
import { differentiable, runKernel } from './differentiable.js';

interface Attributes {
  readonly kind: number;
  /** Backward only: dx takes the memory of dy. */
  readonly inPlace?: boolean;
}

const forward: Run<Attributes> = (runtime, { x }, { kind }) => {
  const y = runtime.output(x!.shape);
  runtime.kernels.activate(runtime.address(x!), runtime.address(y), tf.util.sizeFromShape(x!.shape), kind);
  return y;
};

const backward: Run<Attributes> = (runtime, { x, dy }, { kind, inPlace }) => {
  const dx = inPlace ? share(runtime, dy!) : runtime.output(x!.shape);
  const size = tf.util.sizeFromShape(x!.shape);
  runtime.kernels.activateGradient(runtime.address(x!), runtime.address(dy!), runtime.address(dx), size, kind);
  return dx;
};

/** An activation on its own; see `FusedOps`. */
export function activation<T extends tf.Tensor>(x: T, name: ActivationName): T {
  if (name === 'linear') return x.clone();
  const kind = activationKinds[name];
  return differentiable(
    [x],
    () => {
      const [y] = runKernel(forward, { x }, { kind });
      return { y: y as tf.Tensor, reads: [x], made: [] };
    },
    (dy, [x]) => runKernel(backward, { x: x as tf.Tensor, dy }, { kind, inPlace: mayOverwrite(dy) }),
  );
}
