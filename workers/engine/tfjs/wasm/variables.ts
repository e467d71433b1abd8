import * as tf from '@tensorflow/tfjs-core';
import type { Address } from './kernels.js';
import type { Runtime } from './runtime.js';

/** The address of a variable that is about to be changed in place. Where others share its memory (a clone, a reshape), it moves to a copy first. */
export function writable(runtime: Runtime, variable: tf.Variable): Address {
  if (runtime.backend.refCount(variable.dataId) > 1) {
    const copy = tf.engine().makeTensorFromTensorInfo(runtime.output(variable.shape));
    runtime.copy(runtime.address(copy), runtime.address(variable), variable.size);
    variable.assign(copy);
    copy.dispose();
  }
  return runtime.address(variable);
}
