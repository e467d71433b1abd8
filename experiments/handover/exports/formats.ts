import { cp } from 'node:fs/promises';
import path from 'node:path';
import type { Multipliers } from '../../../search/scaling/coefficients.js';
import { writeFiles } from '../files.js';
import { toKeras } from './keras/index.js';
import { toOnnx } from './onnx/index.js';
import type { Scaled } from './timm/arguments.js';
import { toTimm } from './timm/index.js';
import type { TrainedModel } from './trained-model.js';

/** A trained network to export. */
export interface Handover {
  readonly model: TrainedModel;
  /** Folder of the training. */
  readonly training: string;
  /** How the network was scaled; null if it was not. */
  readonly scaled: (Scaled & { readonly multipliers: Multipliers }) | null;
  /** Version of this program. */
  readonly version: string;
}

interface WeightFormat {
  readonly words: string;
  /** Writes into a folder and returns the paths of what it wrote. Throws `bad-value` for a network that the format cannot hold. */
  readonly write: (handover: Handover, folder: string) => Promise<string[]>;
}

/** The formats of trained networks by name. */
export const weightFormats = {
  tfjs: {
    words: 'a TensorFlow.js LayersModel of stock layers',
    write: async ({ training }, folder) => {
      await cp(path.join(training, 'model'), folder, { recursive: true });
      return [path.join(folder, 'model.json')];
    },
  },
  keras: {
    words: 'a Keras model (HDF5), and the arguments of Keras’ EfficientNet where it is one',
    write: async ({ model, scaled }, folder) => {
      return writeFiles(folder, await toKeras(model, scaled?.multipliers ?? { depth: 1, width: 1 }));
    },
  },
  timm: {
    words: 'arguments for timm, weights for PyTorch (.safetensors), and a Python program that loads both',
    write: async ({ model, scaled }, folder) => writeFiles(folder, toTimm(model, scaled ?? undefined)),
  },
  onnx: {
    words: 'an ONNX model',
    write: async ({ model, version }, folder) => writeFiles(folder, { 'model.onnx': toOnnx(model, version) }),
  },
} as const satisfies Readonly<Record<string, WeightFormat>>;
