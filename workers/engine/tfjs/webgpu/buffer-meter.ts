import { InputError } from '../../../../search/base/errors.js';

/** What is used of the WebGPU backend's pool of buffers. */
export interface BufferPool {
  /** Of buffers in use and of those kept for later: the pool gives none back. */
  readonly numBytesAllocated: number;
  acquireBuffer(size: number, ...rest: readonly unknown[]): unknown;
}

/** Watches the buffers that the backend takes: the peak of their bytes, and that none is larger than the device allows. */
export class BufferMeter {
  private peak: number;

  /** `limitBytes`: the largest buffer that a kernel may read. */
  constructor(
    private readonly pool: BufferPool,
    limitBytes: number,
  ) {
    this.peak = pool.numBytesAllocated;
    const acquire = pool.acquireBuffer.bind(pool);
    pool.acquireBuffer = (size, ...rest) => {
      if (size > limitBytes)
        throw new InputError(
          'does-not-fit',
          `engine webgpu: expected tensors of at most ${limitBytes} bytes, the adapter's limit, got one of ${size}`,
        );
      const buffer = acquire(size, ...rest);
      this.peak = Math.max(this.peak, pool.numBytesAllocated);
      return buffer;
    };
  }

  get peakBytes(): number {
    return this.peak;
  }

  reset(): void {
    this.peak = this.pool.numBytesAllocated;
  }
}
