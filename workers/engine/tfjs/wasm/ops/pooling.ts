import * as tf from '@tensorflow/tfjs-core';
import type { Address } from '../kernels.js';
import { type Run, wasmKernel } from '../registration.js';
import type { Runtime } from '../runtime.js';
import { type Window, type WindowAttributes, windowSize, writeWindow } from '../window.js';

type PoolAttributes = WindowAttributes & { readonly filterSize: [number, number] | number };

function poolWindow(shape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: PoolAttributes): Window {
  const input = shape as [number, number, number, number];
  return tf.backend_util.computePool2DInfo(input, filterSize, strides, 1, pad, dimRoundingMode);
}

function withWindow(runtime: Runtime, w: Window, work: (window: Address) => void): void {
  runtime.withScratch((take) => {
    const window = take(windowSize);
    writeWindow(runtime, window, w);
    work(window);
  });
}

const maxPool: Run<PoolAttributes> = (runtime, { x }, attributes) => {
  const w = poolWindow(x!.shape, attributes);
  const y = runtime.output(w.outShape);
  withWindow(runtime, w, (window) => runtime.kernels.maxPool(runtime.address(x!), runtime.address(y), window));
  return y;
};

const maxPoolGrad: Run<PoolAttributes> = (runtime, { dy, input }, attributes) => {
  const dx = runtime.output(input!.shape);
  withWindow(runtime, poolWindow(input!.shape, attributes), (window) =>
    runtime.kernels.maxPoolGradient(runtime.address(input!), runtime.address(dy!), runtime.address(dx), window),
  );
  return dx;
};

const avgPool: Run<PoolAttributes> = (runtime, { x }, attributes) => {
  const w = poolWindow(x!.shape, attributes);
  const y = runtime.output(w.outShape);
  withWindow(runtime, w, (window) => runtime.kernels.averagePool(runtime.address(x!), runtime.address(y), window, 0));
  return y;
};

const avgPoolGrad: Run<PoolAttributes> = (runtime, { dy, input }, attributes) => {
  const dx = runtime.output(input!.shape);
  withWindow(runtime, poolWindow(input!.shape, attributes), (window) =>
    runtime.kernels.averagePool(runtime.address(dx), runtime.address(dy!), window, 1),
  );
  return dx;
};

export const poolingKernels = [
  wasmKernel(tf.MaxPool, maxPool),
  wasmKernel(tf.MaxPoolGrad, maxPoolGrad),
  wasmKernel(tf.AvgPool, avgPool),
  wasmKernel(tf.AvgPoolGrad, avgPoolGrad),
];
