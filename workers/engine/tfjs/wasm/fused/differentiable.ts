import * as tf from '@tensorflow/tfjs-core';
import { release, share } from '../backward.js';
import type { Run } from '../registration.js';
import { runtimeOf } from '../runtime.js';

/** What a forward pass leaves: its result, and what the backward pass will read beside it. */
export interface Forward {
  readonly y: tf.Tensor;
  /** Tensors that were there before, such as its inputs. */
  readonly reads: readonly tf.Tensor[];
  /** Tensors that nobody else has. */
  readonly made: readonly tf.Tensor[];
}

/**
 * An operation with a backward pass of its own: `backward` gets the gradient of y, then what it reads and what was made for it, and returns
 * one gradient for each input. All of it but variables is released right after.
 *
 * It writes itself on the tape, as `tf.customGrad` would. That copies whatever is saved and records the copies; a network is a thousand
 * such copies, which for a small one take longer than the gradients.
 */
export function differentiable<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: () => Forward,
  backward: (dy: tf.Tensor, saved: readonly tf.Tensor[]) => tf.Tensor[],
): T {
  const { y, reads, made } = forward();
  const { state } = tf.engine();
  const isRecorded = state.gradientDepth > 0 && state.kernelDepth === 0;
  if (!isRecorded) {
    tf.dispose([...made]);
    return y as T;
  }
  const saved = [...reads.map(held), ...made.map((tensor) => tf.keep(tensor))];
  const own = saved.filter((tensor) => !(tensor instanceof tf.Variable));
  state.activeTape.push({
    id: state.nextTapeNodeId++,
    kernelName: 'Fused',
    inputs: Object.fromEntries(inputs.entries()),
    outputs: [y],
    saved: own,
    gradient: ([dy]) => {
      const gradients = backward(dy as tf.Tensor, saved);
      release(dy as tf.Tensor, ...own);
      return Object.fromEntries(gradients.map((gradient) => () => gradient).entries());
    },
  });
  return y as T;
}

/** A tensor that is there until the backward pass. A variable stays by itself, and changes only after it. */
function held(tensor: tf.Tensor): tf.Tensor {
  if (tensor instanceof tf.Variable) return tensor;
  return tf.keep(tf.engine().makeTensorFromTensorInfo(share(runtimeOf(tf.backend()), tensor)));
}

/** Runs a kernel on tensors: at once, and written on no tape, unlike `tf.engine().runKernel`. */
export function runKernel<Attributes>(
  run: Run<Attributes>,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: Attributes,
): tf.Tensor[] {
  return asTensors(run(runtimeOf(tf.backend()), inputs, attributes));
}

/** A kernel's outputs as tensors of the current scope. */
export function asTensors(outputs: tf.TensorInfo | readonly tf.TensorInfo[]): tf.Tensor[] {
  return [outputs].flat().map((output) => tf.engine().makeTensorFromTensorInfo(output));
}
