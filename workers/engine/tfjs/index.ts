import { lookup } from '../../../search/base/errors.js';
import type { Engine, SessionOptions } from '../engine.js';
import type { Backend, BackendLoader, TfjsName } from './backend.js';
import { TfjsSession } from './session/session.js';

/** The backends of TensorFlow.js. Each is imported when it is asked for: one that is not installed must not keep the others from loading. */
const loaders: Readonly<Record<TfjsName, () => Promise<BackendLoader>>> = {
  tensorflow: async () => (await import('./tensorflow/index.js')).tensorflowLoader,
  webgpu: async () => (await import('./webgpu/index.js')).webgpuLoader,
  wasm: async () => (await import('./wasm/engine.js')).wasmLoader,
  cpu: async () => (await import('./cpu.js')).cpuLoader,
};

/** Loads a backend and makes it TensorFlow.js's current one. Throws an `InputError` with code `missing-part` where it does not work here. */
export async function loadBackend(name: TfjsName): Promise<Backend> {
  return (await lookup(loaders, name, 'engine')()).load();
}

/** Native TensorFlow where it sees a GPU; `missing-part` where it would train on the processor. */
export async function loadTensorflowOnGpu(): Promise<Engine> {
  return engineOf(await (await import('./tensorflow/index.js')).tensorflowGpuLoader.load());
}

export async function loadTfjs(name: TfjsName): Promise<Engine> {
  return engineOf(await loadBackend(name));
}

/** The engine of a backend that is TensorFlow.js's current one. */
export function engineOf(backend: Backend): Engine {
  const { name, version, device, elements } = backend;
  return {
    name,
    version,
    device,
    // Threads exchange gradients in place, so tensors must lie in the memory of this process.
    capabilities: { shards: elements !== undefined },
    open: (options: SessionOptions) => TfjsSession.open(backend, options),
  };
}
