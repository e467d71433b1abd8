import os from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { correctAveragePoolGradient } from './average-pool-gradient.js';
import type { Engine, EngineLoader } from './engine.js';
import './gradients.js';
import { plainFused } from './plain.js';

/** TensorFlow.js in plain JavaScript: the reference that the others are compared with, about a thousand times slower than they are. */
export const cpuLoader: EngineLoader = {
  name: 'cpu',
  async load(): Promise<Engine> {
    const { version_cpu } = await import('@tensorflow/tfjs-backend-cpu');
    // Without it the backend advertises tfjs-node on standard error.
    tf.enableProdMode();
    correctAveragePoolGradient('cpu');
    await tf.setBackend('cpu');
    await tf.ready();
    let peak = 0;
    return {
      name: 'cpu',
      version: version_cpu,
      device: os.cpus()[0]?.model.trim() ?? 'unknown CPU',
      fused: plainFused,
      peakBytes: () => {
        peak = Math.max(peak, tf.memory().numBytes);
        return peak;
      },
      resetPeak: () => {
        peak = 0;
      },
    };
  },
};
