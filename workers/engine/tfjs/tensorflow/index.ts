import { existsSync } from 'node:fs';
import { InputError } from '../../../../search/base/errors.js';
import type { BackendLoader } from '../backend.js';
import { backendOf } from './backend-of.js';
import { loadNative } from './load.js';

/** Native TensorFlow through `@tensorflow/tfjs-node`, on the first GPU that `CUDA_VISIBLE_DEVICES` shows or else on the CPU. */
export const tensorflowLoader: BackendLoader = {
  name: 'tensorflow',
  load: async () => backendOf(loadNative(['gpu', 'cpu'])),
};

/** The same on a GPU or not at all: where there is none, the embedded engine is faster. */
export const tensorflowGpuLoader: BackendLoader = {
  name: 'tensorflow',
  load: async () => {
    // Of NVIDIA's driver, and of Windows' inside WSL.
    if (!['/dev/nvidiactl', '/dev/dxg'].some(existsSync))
      throw new InputError('missing-part', 'engine tensorflow: no NVIDIA GPU is there, or its driver is not installed');
    const backend = loadNative(['gpu']);
    if (!backend.isUsingGpuDevice)
      throw new InputError(
        'missing-part',
        'engine tensorflow: TensorFlow does not use the GPU; what it wrote above says why',
      );
    return backendOf(backend);
  },
};
