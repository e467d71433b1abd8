import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type * as tf from '@tensorflow/tfjs-core';
import { type Heap, heapOf } from './heap.js';
import { type Address, bestVariant, instantiate, type Kernels, type SimdVariant } from './kernels.js';

/** The kernels on one WASM backend: they work in its memory, on its tensors. */
export class Runtime {
  readonly kernels: Kernels;
  private readonly heap: Heap;
  private workspace: Address = 0;
  private workspaceBytes = 0;

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
   * Working memory of these sizes in floats, each at a cache line's start. It is reserved once and grows; what was handed out is valid
   * until the next call.
   */
  scratch<const Sizes extends readonly number[]>(...sizes: Sizes): { [I in keyof Sizes]: Address } {
    const bytes = sizes.map((size) => (size * 4 + 63) & ~63);
    const total = bytes.reduce((sum, n) => sum + n, 64);
    if (total > this.workspaceBytes) {
      if (this.workspace !== 0) this.heap._free(this.workspace);
      this.workspace = this.allocate(total);
      this.workspaceBytes = total;
    }
    let next = (this.workspace + 63) & ~63;
    return bytes.map((n) => {
      const address = next >>> 0;
      next += n;
      return address;
    }) as { [I in keyof Sizes]: Address };
  }

  /** Copies 32-bit integers into the memory. */
  writeIntegers(address: Address, values: readonly number[]): void {
    this.heap.HEAP32.set(values, address >>> 2);
  }

  copy(target: Address, source: Address, floats: number): void {
    this.heap.HEAPU8.copyWithin(target, source, source + floats * 4);
  }

  zero(target: Address, floats: number): void {
    this.heap.HEAPU8.fill(0, target, target + floats * 4);
  }

  /** A view of a float tensor's elements: valid until the memory grows, so use it before the next allocation. */
  floats(tensor: tf.TensorInfo): Float32Array {
    return this.backend.typedArrayFromHeap(tensor) as Float32Array;
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
