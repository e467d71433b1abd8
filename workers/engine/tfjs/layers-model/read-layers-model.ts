import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError, show } from '../../../../search/base/errors.js';
import type { LayerGraph } from '../../../../search/network/layers.js';
import { type ParameterRole, type ParameterSpec, parameterSpecs, sizeOf } from '../../parameters.js';
import { type Normalisation, stockName } from './layers-model.js';

/** A weight of a saved model: its shape and its numbers. */
interface SavedWeight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A saved `LayersModel` as its file has it, before anything is made of it. */
export interface SavedModel {
  /** Keras' JSON of the layers and how they are joined. */
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
    throw new InputError('missing-file', `model: expected a TensorFlow.js model, got no ${show(file)}`, { cause });
  });
  const { modelTopology, weightsManifest } = JSON.parse(text) as ModelFile;
  const weights = new Map<string, SavedWeight>();
  for (const { paths, weights: specs } of weightsManifest) {
    const data = Buffer.concat(await Promise.all(paths.map((name) => readFile(path.join(folder, name)))));
    let from = data.byteOffset;
    for (const { name, shape, dtype } of specs) {
      if (dtype !== 'float32') throw new Error(`${file}: ${name} is of ${dtype}, and all of ours are float32`);
      const bytes = 4 * sizeOf(shape);
      weights.set(name, { shape, values: new Float32Array(data.buffer.slice(from, from + bytes)) });
      from += bytes;
    }
  }
  return { topology: modelTopology, weights };
}

/** The parameters of a network by their own names, TensorFlow's layout, out of a model that `toLayersModel` made of it. */
export function parametersOf({ weights }: SavedModel, graph: LayerGraph): Map<string, Float32Array> {
  return new Map(
    parameterSpecs(graph).map((spec) => {
      const name = savedName(spec, graph);
      const found = weights.get(name);
      if (found?.values.length !== sizeOf(spec.shape))
        throw new InputError('bad-value', `model: expected ${sizeOf(spec.shape)} numbers of ${name}, got none such`);
      return [spec.name, found.values];
    }),
  );
}

/** The normalisation that such a model does itself: its first layer multiplies by 1 / (255 · std) and adds −mean / std. */
export function normalisationOf({ weights }: SavedModel): Normalisation {
  const scale = weights.get('normalisation/depthwise_kernel');
  const bias = weights.get('normalisation/bias');
  if (!scale || !bias) throw new InputError('bad-value', 'model: expected one that normalises its input itself');
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

function savedName({ name, layer, role }: ParameterSpec, graph: LayerGraph): string {
  const owner = name.slice(0, -role.length - 1);
  const isDepthwise = graph.layers.some((one) => one.name === layer && one.op === 'depthwise');
  return `${stockName(owner)}/${isDepthwise && role === 'kernel' ? 'depthwise_kernel' : savedRole[role]}`;
}
