import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainedModel } from '../../experiments/handover/exports/trained-model.js';
import { trainNetwork } from '../../experiments/run/train-network.js';
import { parse } from '../../search/base/parse.js';
import { Random } from '../../search/base/random.js';
import type { Architecture } from '../../search/network/architecture.js';
import { recipeSchema } from '../../search/plan/recipe.js';
import { loadBackend } from '../../workers/engine/tfjs/index.js';
import { buildModel } from '../../workers/engine/tfjs/model/model.js';

/** Trains a network for two epochs on a few drawn images, so that batch norm's statistics are no longer those it began with. */
export async function trainBriefly(network: Architecture, folder: string): Promise<string> {
  const outFolder = path.join(folder, network.name);
  const recipe = parse(recipeSchema, { epochs: 2, batch: 32, learningRate: 0.05, warmupEpochs: 0 }, 'recipe');
  const nothing = (): void => undefined;
  const trained = await trainNetwork(
    {
      network,
      recipe,
      dataset: { source: 'shapes', train: 96, validation: 24, test: 24, seed: 1 },
      seed: 7,
      engine: 'wasm',
      outFolder,
      cacheFolder: path.join(folder, 'cache'),
    },
    {
      signal: new AbortController().signal,
      onLoading: nothing,
      onEstimate: nothing,
      onStart: nothing,
      onProgress: nothing,
      onEpoch: nothing,
    },
  );
  if (trained.state !== 'completed') throw new Error(`${network.name}: the training ended as ${trained.state}`);
  return outFolder;
}

/** How many images are predicted. */
export const images = 5;

/**
 * Writes images as raw floats from 0 to 255 (`pixels.f32`, [images, height, width, channels]) into a folder, and returns what our own engine
 * predicts for them: logits, [images, classes].
 */
export async function writePixels(model: TrainedModel, folder: string): Promise<number[]> {
  const { graph, network, normalisation } = model;
  const random = new Random(11);
  const [height, width, channels] = graph.input;
  const tints = Array.from({ length: images * channels }, () => random.below(192));
  const pixels = Float32Array.from({ length: images * height * width * channels }, (_, i) => {
    const image = Math.floor(i / (height * width * channels));
    return (tints[image * channels + (i % channels)] as number) + random.below(64);
  });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'pixels.f32'), pixels);
  await writeFile(path.join(folder, 'shape.json'), JSON.stringify([images, height, width, channels]));
  const engine = await loadBackend('wasm');
  const ours = buildModel(graph, engine, { seed: null });
  for (const [name, variable] of ours.weights) {
    const tensor = tf.tensor(model.weights.get(name) as Float32Array, [...variable.shape]);
    variable.assign(tensor);
    tensor.dispose();
  }
  const scores = tf.tidy(() => {
    const x = tf.div(tf.tensor(pixels, [images, height, width, channels]), 255);
    const normal = tf.div(tf.sub(x, tf.tensor1d([...normalisation.mean])), tf.tensor1d([...normalisation.std]));
    return Array.from(ours.forward(normal as tf.Tensor4D, { training: false }).dataSync());
  });
  ours.dispose();
  if (scores.length !== images * network.classes) throw new Error(`${scores.length} scores`);
  return scores;
}

/** By how much the scores of one class differ between images, where they differ most. */
export function spread(scores: readonly number[]): number {
  const classes = scores.length / images;
  const ofClass = (c: number) => scores.filter((_, i) => i % classes === c);
  return Math.max(...Array.from({ length: classes }, (_, c) => Math.max(...ofClass(c)) - Math.min(...ofClass(c))));
}

/** The largest difference between two lists of scores; infinite where they do not even have one length, NaN where one is not a number. */
export function furthest(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));
}
