import { workOf } from './work.mjs';

/** Takes the place of a runtime's kernels and adds up what their calls cost. */
export class KernelClock {
  #totals = new Map();

  constructor(runtime, heap) {
    const timed = {};
    for (const [name, kernel] of Object.entries(runtime.kernels))
      timed[name] = typeof kernel === 'function' ? this.#timed(name, kernel, heap) : kernel;
    runtime.kernels = timed;
    for (const name of ['zero', 'copy']) runtime[name] = this.#timed(name, runtime[name].bind(runtime), heap);
  }

  reset() {
    this.#totals.clear();
  }

  /** Kernels by name with their calls, milliseconds and, where their work is known, GFLOP/s or GB/s. */
  read() {
    return [...this.#totals].map(([kernel, { calls, ms, flops, bytes }]) => ({
      kernel,
      calls,
      ms,
      ...(flops > 0 && { gigaflops: Number((flops / ms / 1e6).toFixed(1)) }),
      ...(bytes > 0 && { gigabytes: Number((bytes / ms / 1e6).toFixed(1)) }),
    }));
  }

  #timed(name, kernel, heap) {
    const work = workOf[name]?.(heap);
    return (...args) => {
      const begun = performance.now();
      const result = kernel(...args);
      const ms = performance.now() - begun;
      let total = this.#totals.get(name);
      if (!total) {
        total = { calls: 0, ms: 0, flops: 0, bytes: 0 };
        this.#totals.set(name, total);
      }
      const { flops = 0, bytes = 0 } = work?.(...args) ?? {};
      total.calls++;
      total.ms += ms;
      total.flops += flops;
      total.bytes += bytes;
      return result;
    };
  }
}
