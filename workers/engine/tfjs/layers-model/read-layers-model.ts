import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError, show } from '../../../../search/base/errors.js';
import type { Layer, LayerGraph } from '../../../../search/network/layers/index.js';
import type { Normalisation } from '../../../data/dataset.js';
import { type ParameterRole, type ParameterSpec, parameterSpecs, sizeOf } from '../../parameters.js';
import { engineLayerOf } from '../model/layers/index.js';
import { stockName } from './stock.js';

/** A weight of a saved model: its shape and its numbers. */
interface SavedWeight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A saved `LayersModel` as it is in its files. */
export interface SavedModel {
  /** Keras' JSON of the layers and their connections. */
  readonly topology: { readonly class_name: string; readonly config: object };
  /** By name, such as `stem_block1_conv/kernel`, in the file's order. */
  readonly weights: ReadonlyMap<string, SavedWeight>;
}

interface ModelFile {
  readonly modelTopology: SavedModel['topology'];
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: string }[];
  }[];
}

/** Reads what `saveLayersModel` wrote into a folder, without TensorFlow.js. Throws `missing-file` where there is no such model. */
export async function readSavedModel(folder: string): Promise<SavedModel> {
  const file = path.join(folder, 'model.json');
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError('missing-file', `model: there is no TensorFlow.js model here; ${show(file)} is missing`, {
      cause,
    });
  });
  const { modelTopology, weightsManifest } = JSON.parse(text) as ModelFile;
  const weights = new Map<string, SavedWeight>();
  for (const { paths, weights: specs } of weightsManifest) {
    const data = Buffer.concat(await Promise.all(paths.map((name) => readFile(path.join(folder, name)))));
    let from = data.byteOffset;
    for (const { name, shape, dtype } of specs) {
      if (dtype !== 'float32')
        throw new Error(`${file}: ${name} has the type ${dtype}, but models written by Triscale hold float32 only`);
      const bytes = 4 * sizeOf(shape);
      weights.set(name, { shape, values: new Float32Array(data.buffer.slice(from, from + bytes)) });
      from += bytes;
    }
  }
  return { topology: modelTopology, weights };
}

/** The parameters of a network by their own names, in TensorFlow's layout, from a model that `toLayersModel` made of it. */
export function parametersOf({ weights }: SavedModel, graph: LayerGraph): Map<string, Float32Array> {
  const layers = new Map(graph.layers.map((layer) => [layer.name, layer]));
  return new Map(
    parameterSpecs(graph).map((spec) => {
      const name = savedName(spec, layers.get(spec.layer) as Layer);
      const found = weights.get(name);
      if (found?.values.length !== sizeOf(spec.shape))
        throw new InputError(
          'bad-value',
          `model: weight ${name} is missing or has the wrong size; ${sizeOf(spec.shape)} numbers expected`,
        );
      return [spec.name, found.values];
    }),
  );
}

/** The normalisation built into such a model: its first layer multiplies by 1 / (255 · std) and adds −mean / std. */
export function normalisationOf({ weights }: SavedModel): Normalisation {
  const scale = weights.get('normalisation/depthwise_kernel');
  const bias = weights.get('normalisation/bias');
  if (!scale || !bias)
    throw new InputError('bad-value', 'model: the model has no normalisation layer, so it was not written by Triscale');
  const std = Array.from(scale.values, (factor) => 1 / (255 * factor));
  return { std, mean: Array.from(bias.values, (shift, i) => -shift * (std[i] as number)) };
}

const savedRole: Readonly<Record<ParameterRole, string>> = {
  kernel: 'kernel',
  bias: 'bias',
  gamma: 'gamma',
  beta: 'beta',
  movingMean: 'moving_mean',
  movingVariance: 'moving_variance',
};

function savedName({ name, role }: ParameterSpec, layer: Layer): string {
  const owner = name.slice(0, -role.length - 1);
  return `${stockName(owner)}/${engineLayerOf(layer).stockNames?.[role] ?? savedRole[role]}`;
}
