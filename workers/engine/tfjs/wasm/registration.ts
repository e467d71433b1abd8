import * as tf from '@tensorflow/tfjs-core';
import { type Runtime, runtimeOf } from './runtime.js';

/** Tensors by the names that tfjs-core gives them; an absent optional one is undefined or null. */
export type Inputs = Readonly<Record<string, tf.TensorInfo>>;
export type Run<Attributes> = (
  runtime: Runtime,
  inputs: Inputs,
  attributes: Attributes,
) => tf.TensorInfo | tf.TensorInfo[];

/** A kernel of the WASM backend. */
export function wasmKernel<Attributes>(kernelName: string, run: Run<Attributes>): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) =>
      run(runtimeOf(backend), inputs as Inputs, (attrs ?? {}) as unknown as Attributes),
  };
}

/** Registers kernels in place of the backend's own, which they may still call: those are set up with the backend as before. */
export function registerKernels(configs: readonly tf.KernelConfig[]): void {
  for (const config of configs) {
    const own = tf.getKernel(config.kernelName, config.backendName);
    if (own) tf.unregisterKernel(config.kernelName, config.backendName);
    tf.registerKernel(own?.setupFunc ? { ...config, setupFunc: own.setupFunc } : config);
  }
}

/** Runs a kernel that the backend brings along. */
export function runBackendKernel(
  runtime: Runtime,
  kernelName: string,
  inputs: Inputs,
  attributes: Record<string, unknown> = {},
): tf.TensorInfo {
  const kernel = tf.getKernel(kernelName, 'wasm');
  return kernel.kernelFunc({
    inputs,
    attrs: attributes as unknown as tf.NamedAttrMap,
    backend: runtime.backend,
  }) as tf.TensorInfo;
}
