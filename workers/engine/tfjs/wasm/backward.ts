import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Runtime } from './runtime.js';

/*
 * Memory of the backward pass. tfjs-core keeps every gradient and every saved activation to the end of the pass; released as soon as
 * their node is done, they need half the memory, and a gradient may overwrite the one that it was computed from.
 *
 * Only what the running pass owns is touched: the clones that the tape keeps, and gradients made in the pass's own scope (one that the
 * caller of `tf.grad` hands in belongs to another scope). A pass inside of another one, for gradients of gradients, keeps everything.
 */

/** Whether the running backward pass made this tensor and nobody else will read it after its node. */
function isOwned(tensor: tf.Tensor): boolean {
  const { gradientDepth, activeScope } = tf.engine().state;
  return gradientDepth === 0 && (tensor.kept || tensor.scopeId === activeScope?.id);
}

/** Releases what a node whose gradients are all computed has read. */
export function release(...tensors: readonly tf.Tensor[]): void {
  for (const tensor of tensors) if (isOwned(tensor) && !tensor.isDisposed) tensor.dispose();
}

/** Whether a kernel may write its result over this incoming gradient. */
export function mayOverwrite(dy: tf.Tensor): boolean {
  return isOwned(dy) && !dy.kept && (tf.backend() as BackendWasm).refCount(dy.dataId) === 1;
}

/** A kernel's output that has the memory of one of its inputs. */
export function share(runtime: Runtime, input: tf.TensorInfo): tf.TensorInfo {
  runtime.backend.incRef(input.dataId);
  return { dataId: input.dataId, shape: input.shape, dtype: input.dtype };
}
