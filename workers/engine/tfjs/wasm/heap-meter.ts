import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { heapOf } from './heap.js';

/** Counts the bytes that tensors and workspaces hold on the backend's heap, by listening to its allocator. */
export class HeapMeter {
  private bytes = 0;
  private peak = 0;
  private readonly sizes = new Map<number, number>();

  private constructor(backend: BackendWasm) {
    const heap = heapOf(backend);
    // Emscripten's entries put the real functions in their own place when they are first called, which would undo what follows.
    heap._free(heap._malloc(1));
    const allocate = heap._malloc.bind(heap);
    const free = heap._free.bind(heap);
    heap._malloc = (size) => {
      const address = allocate(size) >>> 0;
      this.sizes.set(address, size);
      this.bytes += size;
      if (this.bytes > this.peak) this.peak = this.bytes;
      return address;
    };
    heap._free = (address) => {
      this.bytes -= this.sizes.get(address) ?? 0;
      this.sizes.delete(address);
      free(address);
    };
  }

  /** The meter of a backend; it counts from the first call on. */
  static of(backend: BackendWasm): HeapMeter {
    let meter = meters.get(backend);
    if (!meter) {
      meter = new HeapMeter(backend);
      meters.set(backend, meter);
    }
    return meter;
  }

  /** Bytes held now. */
  get heldBytes(): number {
    return this.bytes;
  }

  /** Most bytes held at a time since the start or the last reset. */
  get peakBytes(): number {
    return this.peak;
  }

  reset(): void {
    this.peak = this.bytes;
  }
}

const meters = new WeakMap<BackendWasm, HeapMeter>();
