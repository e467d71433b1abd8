import { lookup } from '../../search/base/errors.js';
import type { EngineName } from '../../search/cost/engine-memory.js';
import type { Engine } from './engine.js';
import { loadTensorflowOnGpu, loadTfjs } from './tfjs/index.js';
import { gpuInSight } from './tfjs/webgpu/in-sight.js';

type Load = () => Promise<Engine>;

/** The engines by name. A new one is a folder beside this file, a line here, and its memory model in search/cost/engine-memory.ts. */
const engines: Readonly<Record<EngineName, Load>> = {
  wasm: () => loadTfjs('wasm'),
  tensorflow: () => loadTfjs('tensorflow'),
  webgpu: () => loadTfjs('webgpu'),
  cpu: () => loadTfjs('cpu'),
};

/** An entry of the list that `auto` goes through. */
export interface Candidate {
  readonly engine: EngineName;
  /** In the place of the engine's own way of loading, such as only on a GPU. */
  readonly load: Load;
}

/**
 * What `auto` tries, on one machine and on every worker of a farm: GPUs, then the embedded engine, which is faster than TensorFlow on a
 * processor (bench/results/training-1-thread.json), then that. `cpu` is never taken unasked: it is a thousand times slower.
 */
export function automatic(hasGpuInSight = gpuInSight()): readonly Candidate[] {
  return [
    { engine: 'tensorflow', load: loadTensorflowOnGpu },
    ...(hasGpuInSight ? [{ engine: 'webgpu' as const, load: engines.webgpu }] : []),
    { engine: 'wasm', load: engines.wasm },
    { engine: 'tensorflow', load: engines.tensorflow },
  ];
}

/** The first candidate that loads; rejects with the reason of the last one where none does. */
export async function firstThatLoads(candidates: readonly Candidate[]): Promise<Engine> {
  let reason: unknown;
  for (const { load } of candidates) {
    try {
      return await load();
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

/**
 * Loads an engine. `auto` takes the fastest that works. `path` says where the name stood. Throws an `InputError`: `unknown-name`, or
 * `missing-part` where the engine that was named does not work here; the message says what is missing and how to get it.
 */
export function loadEngine(name: string, path = 'engine'): Promise<Engine> {
  return name === 'auto' ? firstThatLoads(automatic()) : lookup(engines, name, path)();
}
