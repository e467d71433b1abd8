import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type * as tf from '@tensorflow/tfjs-core';
import { type Heap, heapOf } from './heap.js';
import { type Address, bestVariant, instantiate, type Kernels, type SimdVariant } from './kernels.js';

/** Reserves working memory for a number of floats. */
export type Take = (floats: number) => Address;

function align(address: Address): Address {
  return ((address + 63) & ~63) >>> 0;
}

/** The kernels on one WASM backend: they work in its memory, on its tensors. */
export class Runtime {
  readonly kernels: Kernels;
  private readonly heap: Heap;
  private workspace: Address = 0;
  private workspaceBytes = 0;
  private workspaceUsed = 0;

  constructor(
    readonly backend: BackendWasm,
    readonly variant: SimdVariant,
  ) {
    this.heap = heapOf(backend);
    this.kernels = instantiate(variant, this.heap.asm.memory);
    this.kernels.initialise(this.allocate(this.kernels.CONSTANT_BYTES.value));
  }

  /** Where a tensor's elements begin. Valid until the tensor is disposed of; memory that grows moves nothing. */
  address(tensor: tf.TensorInfo): Address {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** As `address`, and 0 for an absent tensor. */
  addressOrNone(tensor: tf.TensorInfo | null | undefined): Address {
    return tensor ? this.address(tensor) : 0;
  }

  /** A new tensor whose elements are not set. */
  output(shape: readonly number[]): tf.TensorInfo {
    return this.backend.makeOutput([...shape], 'float32');
  }

  /**
   * Runs `work` with a way to take working memory, in floats and at a cache line's start; what it took is free again afterwards. The
   * memory is kept for the next time, and what did not fit is kept from then on.
   */
  withScratch<T>(work: (take: Take) => T): T {
    const mark = this.workspaceUsed;
    const overflow: Address[] = [];
    let needed = mark;
    try {
      return work((floats) => {
        const bytes = (floats * 4 + 63) & ~63;
        needed += bytes;
        if (this.workspaceUsed + bytes <= this.workspaceBytes) {
          const address = this.workspace + this.workspaceUsed;
          this.workspaceUsed += bytes;
          return align(address);
        }
        const address = this.allocate(bytes + 64);
        overflow.push(address);
        return align(address);
      });
    } finally {
      this.workspaceUsed = mark;
      for (const address of overflow) this.heap._free(address);
      if (mark === 0 && needed > this.workspaceBytes) this.growWorkspace(needed);
    }
  }

  /** Copies 32-bit integers into the memory. */
  writeIntegers(address: Address, values: readonly number[]): void {
    this.heap.HEAP32.set(values, address >>> 2);
  }

  copy(target: Address, source: Address, floats: number): void {
    this.heap.HEAPU8.copyWithin(target, source, source + floats * 4);
  }

  /** Fills with zeros. What will be written soon is in the cache then, without having been read from memory. */
  zero(target: Address, floats: number): void {
    this.heap.HEAPU8.fill(0, target, target + floats * 4);
  }

  /** A view of a float tensor's elements: valid until the memory grows, so use it before the next allocation. */
  floats(tensor: tf.TensorInfo): Float32Array {
    return this.backend.typedArrayFromHeap(tensor) as Float32Array;
  }

  private growWorkspace(bytes: number): void {
    if (this.workspace !== 0) this.heap._free(this.workspace);
    this.workspace = this.allocate(bytes + 64);
    this.workspaceBytes = bytes;
  }

  private allocate(bytes: number): Address {
    return this.heap._malloc(bytes) >>> 0;
  }
}

let runtimes = new WeakMap<object, Runtime>();
let chosenVariant: SimdVariant | null = null;

/** The runtime of a backend, made at the first call. */
export function runtimeOf(backend: unknown): Runtime {
  let runtime = runtimes.get(backend as object);
  if (!runtime) {
    runtime = new Runtime(backend as BackendWasm, chosenVariant ?? bestVariant());
    runtimes.set(backend as object, runtime);
  }
  return runtime;
}

/** Makes every backend use one variant of the kernels from now on, to compare them; null for the best that works. */
export function chooseVariant(variant: SimdVariant | null): void {
  chosenVariant = variant;
  runtimes = new WeakMap();
}
