import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { Address } from './kernels.js';

/** The backend's memory and its allocator, as Emscripten's module exposes them; the views are replaced when the memory grows. */
export interface Heap {
  readonly asm: { readonly memory: WebAssembly.Memory };
  readonly HEAPU8: Uint8Array;
  readonly HEAP32: Int32Array;
  /** Returns a signed address: `>>> 0` makes it usable beyond 2 GiB. */
  _malloc(bytes: number): Address;
  _free(address: Address): void;
}

/** The heap of a backend. */
export function heapOf(backend: BackendWasm): Heap {
  return backend.wasm as unknown as Heap;
}
