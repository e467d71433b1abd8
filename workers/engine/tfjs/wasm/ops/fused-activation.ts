import * as tf from '@tensorflow/tfjs-core';
import { activationKinds } from '../activation.js';
import { runBackendKernel } from '../registration.js';
import type { Runtime } from '../runtime.js';

/** What tfjs-core's fused convolutions and matrix products carry beside their own attributes. */
export interface FusedAttributes {
  readonly activation?: 'linear' | 'relu' | 'relu6' | 'sigmoid' | 'elu' | 'prelu' | 'leakyrelu' | null;
  readonly leakyreluAlpha?: number;
}

/** activation(y), in place where this engine has the activation, else by the backend's own kernel, which releases `y`. */
export function applyFusedActivation(
  runtime: Runtime,
  y: tf.TensorInfo,
  { activation, leakyreluAlpha = 0.2 }: FusedAttributes,
  preluWeights: tf.TensorInfo | null | undefined,
): tf.TensorInfo {
  switch (activation) {
    case undefined:
    case null:
    case 'linear':
      return y;
    case 'relu':
    case 'relu6':
    case 'sigmoid': {
      const address = runtime.address(y);
      runtime.kernels.activate(address, address, tf.util.sizeFromShape(y.shape), activationKinds[activation]);
      return y;
    }
    case 'elu':
      return replace(runtime, y, runBackendKernel(runtime, tf.Elu, { x: y }));
    case 'leakyrelu':
      return replace(runtime, y, runBackendKernel(runtime, tf.LeakyRelu, { x: y }, { alpha: leakyreluAlpha }));
    case 'prelu':
      return replace(runtime, y, runBackendKernel(runtime, tf.Prelu, { x: y, alpha: preluWeights as tf.TensorInfo }));
    default:
      throw new Error(`the wasm backend has no fused activation ${activation}`);
  }
}

function replace(runtime: Runtime, old: tf.TensorInfo, result: tf.TensorInfo): tf.TensorInfo {
  runtime.backend.disposeData(old.dataId);
  return result;
}
