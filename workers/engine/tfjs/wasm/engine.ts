import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setThreadsCount, setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend, BackendLoader } from '../backend.js';
import { wasmFused } from './fused/index.js';
import './index.js';
import { HeapMeter } from './heap-meter.js';
import { runtimeOf } from './runtime.js';
import { writable } from './variables.js';

/** The embedded engine: TensorFlow.js's WASM backend on one thread with this folder's training kernels. */
export const wasmLoader: BackendLoader = {
  name: 'wasm',
  async load(): Promise<Backend> {
    if (tf.getBackend() !== 'wasm') {
      // One process trains on one thread; several trials run side by side as processes.
      tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
      setThreadsCount(1);
      setWasmPaths(`${path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
      if (!(await tf.setBackend('wasm'))) throw new Error('the WASM backend of TensorFlow.js could not be started');
      await tf.ready();
    }
    const runtime = runtimeOf(tf.backend());
    const meter = HeapMeter.of(runtime.backend);
    return {
      name: 'wasm',
      version: `${version_wasm}+${runtime.variant}`,
      device: os.cpus()[0]?.model.trim() ?? 'unknown CPU',
      fused: wasmFused,
      elements: (tensor) => {
        if (tensor instanceof tf.Variable) writable(runtime, tensor);
        return runtime.floats(tensor);
      },
      peakBytes: () => meter.peakBytes,
      resetPeak: () => meter.reset(),
    };
  },
};
