import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

/** Where `@tensorflow/tfjs-node` of a build finds the TensorFlow.js of the process that loads it. */
const key = 'triscale.tensorflow.js';

/** Source of the package that stands for TensorFlow.js in a build. */
export const passOn = `module.exports = globalThis[Symbol.for(${JSON.stringify(key)})];\n`;

/** Offers this program's TensorFlow.js to builds that are loaded from now on. */
export function shareTfjs(): void {
  // `@tensorflow/tfjs` is the sum of its parts; the node binding uses these two.
  (globalThis as Record<symbol, unknown>)[Symbol.for(key)] = { ...core, ...layers };
}
