import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError, show } from '../../../search/base/errors.js';
import { type Architecture, parseArchitecture } from '../../../search/network/architecture.js';
import { expand } from '../../../search/network/graph.js';
import type { LayerGraph } from '../../../search/network/layers/index.js';
import type { Normalisation } from '../../../workers/data/dataset.js';
import {
  normalisationOf,
  parametersOf,
  readSavedModel,
  type SavedModel,
} from '../../../workers/engine/tfjs/layers-model/read-layers-model.js';

/** A network with its trained weights: the input of every exporter of weights. */
export interface TrainedModel {
  readonly network: Architecture;
  readonly graph: LayerGraph;
  /** By parameter name, TensorFlow's layout (workers/engine/parameters.ts): the moving averages where the recipe asked for them. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly normalisation: Normalisation;
  /** Names of the classes, in the order of the logits. */
  readonly classes: readonly string[];
  /** The same model in Keras' terms. */
  readonly saved: SavedModel;
}

/** Reads the folder that a training has written. Throws `missing-file` if there is none. */
export async function readTrainedModel(folder: string): Promise<TrainedModel> {
  const file = path.join(folder, 'training.json');
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError('missing-file', `${show(folder)} does not hold a finished training: it has no training.json`, {
      cause,
    });
  });
  const { network: stored, classes } = JSON.parse(text) as { network: unknown; classes: string[] };
  const network = parseArchitecture(stored, file);
  const graph = expand(network);
  const saved = await readSavedModel(path.join(folder, 'model'));
  return { network, graph, weights: parametersOf(saved, graph), normalisation: normalisationOf(saved), classes, saved };
}

/** A parameter by its name. Throws if the model belongs to another network. */
export function weightOf({ weights }: Pick<TrainedModel, 'weights'>, name: string): Float32Array {
  const values = weights.get(name);
  if (!values) throw new Error(`the model has no weight ${name}`);
  return values;
}
