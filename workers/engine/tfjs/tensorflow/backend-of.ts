import os from 'node:os';
import type { Backend } from '../backend.js';
import '../gradients.js';
import { makeFused } from './fused.js';
import { askDriver, gpuMemory, processMemory } from './memory.js';
import type { NodeBackend } from './native.js';

const engines = new WeakMap<NodeBackend, Backend>();

/** The engine of a backend that is loaded: one, since it holds resources of the backend. */
export function backendOf(backend: NodeBackend): Backend {
  const engine = engines.get(backend) ?? makeEngine(backend);
  engines.set(backend, engine);
  return engine;
}

function makeEngine(backend: NodeBackend): Backend {
  const onGpu = backend.isUsingGpuDevice;
  const memory = onGpu ? gpuMemory() : processMemory();
  return {
    name: 'tensorflow',
    version: `TensorFlow ${backend.binding.TF_Version}`,
    device: onGpu ? gpuName() : (os.cpus()[0]?.model.trim() ?? 'unknown CPU'),
    fused: makeFused(backend),
    peakBytes: memory.peakBytes,
    resetPeak: memory.reset,
  };
}

/** Of the GPU that TensorFlow computes on: the first that it may see. */
function gpuName(): string {
  const [name] = askDriver('--query-gpu=name').split('\n');
  return name?.trim() || 'NVIDIA GPU';
}
