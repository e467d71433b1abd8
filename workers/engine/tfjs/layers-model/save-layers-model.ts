import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { LayerGraph } from '../../../../search/network/layers/index.js';
import { writeAtomically } from '../../../atomic-file.js';
import type { Normalisation } from '../../../data/dataset.js';
import { parameterSpecs } from '../../parameters.js';
import { toLayersModel } from './layers-model.js';

/** Shard size of TensorFlow.js's own converter, which browsers can cache. */
const shardBytes = 4 * 1024 * 1024;

/**
 * Writes a trained network as a TensorFlow.js `LayersModel` that takes pixels from 0 to 255. `weights`: by parameter name, in the canonical
 * layout, whichever engine trained them. Returns the path of `model.json`.
 */
export async function saveTrainedModel(
  graph: LayerGraph,
  weights: ReadonlyMap<string, Float32Array>,
  normalisation: Normalisation,
  folder: string,
): Promise<string> {
  const tensors = new Map(
    parameterSpecs(graph).map(({ name, shape }) => {
      const values = weights.get(name);
      if (!values) throw new Error(`the trained network holds no ${name}`);
      return [name, tf.tensor(values, [...shape])] as const;
    }),
  );
  const model = toLayersModel(graph, tensors, { normalisation });
  try {
    return await saveLayersModel(model, folder);
  } finally {
    model.dispose();
    tf.dispose([...tensors.values()]);
  }
}

/**
 * Writes a model as `model.json` and weight shards, the format that `tf.loadLayersModel` reads over HTTP or from a folder. Shards are
 * named by their content and `model.json` is written last, so that a folder that is overwritten holds the old or the new model at any moment.
 * Returns the path of `model.json`.
 */
export async function saveLayersModel(model: tfl.LayersModel, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'model.json');
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const data = tf.io.CompositeArrayBuffer.join(artifacts.weightData);
      const paths = await writeShards(Buffer.from(data), folder);
      const json = {
        format: 'layers-model',
        generatedBy: artifacts.generatedBy,
        convertedBy: null,
        modelTopology: artifacts.modelTopology,
        weightsManifest: [{ paths, weights: artifacts.weightSpecs }],
      };
      await writeAtomically(file, (handle) => handle.writeFile(JSON.stringify(json)));
      await removeOthers(folder, new Set(paths));
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  return file;
}

async function writeShards(data: Buffer, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (let from = 0; from < data.length; from += shardBytes) {
    const shard = data.subarray(from, from + shardBytes);
    const name = `weights-${createHash('sha256').update(shard).digest('hex').slice(0, 16)}.bin`;
    await writeAtomically(path.join(folder, name), (handle) => handle.writeFile(shard));
    paths.push(name);
  }
  return paths;
}

/** Shards of an earlier model in the same folder. */
async function removeOthers(folder: string, kept: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder))
    if (/^weights-[0-9a-f]{16}\.bin$/.test(name) && !kept.has(name)) await rm(path.join(folder, name), { force: true });
}
