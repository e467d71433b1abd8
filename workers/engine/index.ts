import { lookup } from '../../search/base/errors.js';
import type { Engine, EngineLoader, EngineName } from './tfjs/engine.js';
import { gpuInSight } from './tfjs/webgpu/in-sight.js';

type Load = () => Promise<EngineLoader>;

const wasm: Load = async () => (await import('./tfjs/wasm/engine.js')).wasmLoader;
const webgpu: Load = async () => (await import('./tfjs/webgpu/index.js')).webgpuLoader;
const tensorflow: Load = async () => (await import('./tfjs/tensorflow/index.js')).tensorflowLoader;
const tensorflowOnGpu: Load = async () => (await import('./tfjs/tensorflow/index.js')).tensorflowGpuLoader;
const cpu: Load = async () => (await import('./tfjs/cpu.js')).cpuLoader;

/** Engines by name. Each is imported when it is asked for: an engine that is not installed must not keep the others from loading. */
const loaders: Readonly<Record<EngineName, Load>> = { tensorflow, webgpu, wasm, cpu };

/** Names of the engines that `loadEngine` knows. */
export const engineNames = Object.keys(loaders) as readonly EngineName[];

/** What `auto` tries, the fastest first: GPUs, then the embedded engine. `cpu` is never taken unasked: it is a thousand times slower. */
function automatic(): readonly Load[] {
  return [tensorflowOnGpu, ...(gpuInSight() ? [webgpu] : []), wasm];
}

/**
 * Loads an engine and makes it TensorFlow.js's backend. `auto` takes the fastest that works. `path` says where the name stood. Throws an
 * `InputError`: `unknown-name`, or `missing-part` where the engine that was named does not work here.
 */
export async function loadEngine(name: string, path = 'engine'): Promise<Engine> {
  if (name !== 'auto') return (await lookup(loaders, name, path)()).load();
  let reason: unknown;
  for (const candidate of automatic()) {
    try {
      return await (await candidate()).load();
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}
