import * as tf from '@tensorflow/tfjs-core';
import { share } from '../backward.js';
import { type Run, wasmKernel } from '../registration.js';

/**
 * A copy that shares the original's memory, as a reshape does: tensors are never changed once written, and the fused optimiser step,
 * which works in place, copies a variable first when someone else reads its memory. tfjs-core clones every tensor that it keeps for the
 * backward pass, so the backend's own kernel would double the memory of a training step.
 */
const identity: Run<unknown> = (runtime, { x }) => share(runtime, x!);

export const identityKernels = [wasmKernel(tf.Identity, identity)];
