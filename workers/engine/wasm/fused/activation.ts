import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName } from '../../../../search/layers.js';
import { activationKinds } from '../activation.js';
import { mayOverwrite, release, share } from '../backward.js';
import { type Run, wasmKernel } from '../registration.js';

const forwardName = 'Activation';
const backwardName = 'ActivationGrad';

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

export const activationKernels = [wasmKernel(forwardName, forward), wasmKernel(backwardName, backward)];

export const activationGradients: tf.GradConfig[] = [
  {
    kernelName: forwardName,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attributes) => {
      const gradient = dy as tf.Tensor;
      const [x] = saved as [tf.Tensor];
      const inPlace = mayOverwrite(gradient);
      const dx = tf.engine().runKernel(backwardName, { x, dy: gradient }, { ...attributes, inPlace }) as tf.Tensor;
      release(gradient, x);
      return { x: () => dx };
    },
  },
];

/** An activation on its own; see `FusedOps`. */
export function activation<T extends tf.Tensor>(x: T, name: ActivationName): T {
  if (name === 'linear') return x.clone();
  return tf.engine().runKernel(forwardName, { x }, { kind: activationKinds[name] }) as T;
}
