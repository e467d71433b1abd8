/// <reference types="@webgpu/types" />
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { InputError } from '../../../../search/base/errors.js';
import { correctAveragePoolGradient } from '../average-pool-gradient.js';
import type { Backend, BackendLoader } from '../backend.js';
import '../gradients.js';
import { adapterFlags, type Dawn, describe, requestAdapter } from './adapter.js';
import { BufferMeter, type BufferPool } from './buffer-meter.js';
import { makeFused } from './fused.js';
import type { WebGPUBackend } from './program.js';

interface BackendModule {
  readonly WebGPUBackend: new (
    device: GPUDevice,
    info: GPUAdapterInfo,
  ) => WebGPUBackend & { readonly bufferManager: BufferPool };
}

/** Whatever GPU has a Vulkan, Metal or D3D12 driver: TensorFlow.js's WebGPU backend on Dawn, through the npm package `webgpu`. */
export const webgpuLoader: BackendLoader = {
  name: 'webgpu',
  load: async () => {
    engine ??= start();
    // A failed start may be tried again.
    engine.catch(() => {
      engine = undefined;
    });
    const started = await engine;
    await tf.setBackend('webgpu');
    return started;
  },
};

/** One device serves the process. */
let engine: Promise<Backend> | undefined;

async function start(): Promise<Backend> {
  // Without a GPU in sight this module only registers its kernels; otherwise it would register a backend with a device of its own choice.
  const { WebGPUBackend } = await importOptional<BackendModule>('@tensorflow/tfjs-backend-webgpu');
  const { create, globals } = await importOptional<Dawn>('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create(adapterFlags());
  const adapter = await requestAdapter(gpu);
  const device = await requestDevice(adapter);
  showGpu(gpu);
  const backend = new WebGPUBackend(device, adapter.info);
  tf.registerBackend('webgpu', () => backend);
  correctAveragePoolGradient('webgpu');
  const meter = new BufferMeter(backend.bufferManager, device.limits.maxStorageBufferBindingSize);
  return {
    name: 'webgpu',
    version: `${tf.version_core} on Dawn ${dawnVersion()}`,
    device: describe(adapter.info),
    fused: makeFused(backend),
    peakBytes: () => meter.peakBytes,
    resetPeak: () => meter.reset(),
  };
}

/** A device with all the memory and threads that the adapter has; what is not asked for would be at the standard's minimum. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { limits } = adapter;
  const device = await adapter.requestDevice({
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  });
  // WebGPU reports faults late and computes on with whatever is there: nothing that is trained after one can be trusted.
  device.addEventListener('uncapturederror', ({ error }) =>
    fail(`engine webgpu: ${error.constructor.name}: ${error.message}`),
  );
  device.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') fail(`engine webgpu: the GPU is lost: ${message}`);
  });
  return device;
}

/** Ends the process as an exception that nobody catches. */
function fail(message: string): void {
  setImmediate(() => {
    throw new Error(message);
  });
}

/** Puts the GPU where TensorFlow.js looks for it. From Node 21 on there is a `navigator`. */
function showGpu(gpu: GPU): void {
  const host = globalThis as { navigator?: object };
  if (!host.navigator) Object.defineProperty(host, 'navigator', { value: { userAgent: 'node' }, configurable: true });
  Object.defineProperty(host.navigator, 'gpu', { value: gpu, configurable: true });
}

/** Version of the npm package that carries Dawn. */
function dawnVersion(): string {
  const { version } = createRequire(import.meta.url)('webgpu/package.json') as { version: string };
  return version;
}

/** Imports an optional dependency: not by a literal name, so that the program also compiles without it. */
async function importOptional<T>(name: string): Promise<T> {
  try {
    return (await import(name)) as T;
  } catch (error) {
    throw new InputError(
      'missing-part',
      `engine webgpu: the npm package ${name} does not load (${(error as Error).message.split('\n')[0]}); npm install ${name} brings it`,
      { cause: error },
    );
  }
}
