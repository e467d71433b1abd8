import { lookup } from '../../search/errors.js';
import type { Engine, EngineLoader, EngineName } from './engine.js';

/** Engines by name. Each is imported when it is asked for: an engine that is not installed must not keep the others from loading. */
const loaders: Readonly<Record<string, () => Promise<EngineLoader>>> = {
  tensorflow: async () => (await import('./tensorflow/index.js')).tensorflowLoader,
  webgpu: async () => (await import('./webgpu/index.js')).webgpuLoader,
  wasm: async () => (await import('./wasm/engine.js')).wasmLoader,
  cpu: async () => (await import('./cpu.js')).cpuLoader,
};

/** Names of the engines that `loadEngine` knows. */
export const engineNames = Object.keys(loaders) as readonly EngineName[];

/** What `auto` tries, the fastest first. `cpu` is never taken unasked: it is a thousand times slower. */
const automatic: readonly EngineName[] = ['wasm'];

/**
 * Loads an engine and makes it TensorFlow.js's backend. `auto` takes the fastest that works. `path` says where the name stood. Throws an
 * `InputError`: `unknown-name`, or `missing-part` where the engine that was named does not work here.
 */
export async function loadEngine(name: string, path = 'engine'): Promise<Engine> {
  if (name !== 'auto') return (await lookup(loaders, name, path)()).load();
  let reason: unknown;
  for (const candidate of automatic) {
    try {
      return await (await lookup(loaders, candidate, path)()).load();
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}
