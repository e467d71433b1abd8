import os from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { correctAveragePoolGradient } from './average-pool-gradient.js';
import type { Backend, BackendLoader } from './backend.js';
import './gradients.js';
import { plainFused } from './plain.js';

/** TensorFlow.js in plain JavaScript: the reference that the others are compared with, about a thousand times slower than they are. */
export const cpuLoader: BackendLoader = {
  name: 'cpu',
  async load(): Promise<Backend> {
    const { version_cpu } = await import('@tensorflow/tfjs-backend-cpu');
    // Without it the backend advertises tfjs-node on standard error.
    tf.enableProdMode();
    correctAveragePoolGradient('cpu');
    await tf.setBackend('cpu');
    await tf.ready();
    const meter = meterOf(tf.backend() as unknown as CpuBackend);
    return {
      name: 'cpu',
      version: version_cpu,
      device: os.cpus()[0]?.model.trim() ?? 'unknown CPU',
      fused: plainFused,
      peakBytes: () => meter.peak,
      resetPeak: () => {
        meter.peak = meter.held;
      },
    };
  },
};

/** The backend's store of tensors' values. */
interface CpuBackend {
  readonly data: {
    set(id: object, value: { readonly values?: { readonly byteLength?: number } | null }): void;
    delete(id: object): boolean;
  };
}

/** Bytes of tensors, those inside of kernels among them. */
interface Meter {
  held: number;
  peak: number;
}

const meters = new WeakMap<CpuBackend, Meter>();

/** The meter of a backend; it counts what comes into the store from the first call on. */
function meterOf(backend: CpuBackend): Meter {
  const known = meters.get(backend);
  if (known) return known;
  const meter: Meter = { held: 0, peak: 0 };
  meters.set(backend, meter);
  const { data } = backend;
  const sizes = new WeakMap<object, number>();
  const [set, remove] = [data.set.bind(data), data.delete.bind(data)];
  data.set = (id, value) => {
    const bytes = value.values?.byteLength ?? 0;
    meter.held += bytes - (sizes.get(id) ?? 0);
    meter.peak = Math.max(meter.peak, meter.held);
    sizes.set(id, bytes);
    set(id, value);
  };
  data.delete = (id) => {
    meter.held -= sizes.get(id) ?? 0;
    sizes.delete(id);
    return remove(id);
  };
  return meter;
}
