import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../../../search/base/random.js';
import { expand } from '../../../../search/network/graph.js';
import { GraphBuilder } from '../../../../search/network/graph-builder.js';
import type { LayerGraph } from '../../../../search/network/layers/index.js';
import { loadBackend } from '../../../../workers/engine/tfjs/index.js';
import { toLayersModel } from '../../../../workers/engine/tfjs/layers-model/layers-model.js';
import { saveLayersModel } from '../../../../workers/engine/tfjs/layers-model/save-layers-model.js';
import { buildModel, type Model } from '../../../../workers/engine/tfjs/model/model.js';
import { denseNetwork, everyOperation, inceptionNetwork, smallGraph } from '../../../support/graphs.js';

const engine = await loadBackend('cpu');

/** A model whose moving statistics, biases and gammas are no longer those it started with. */
function used(graph: LayerGraph): Model {
  const model = buildModel(graph, engine, { seed: 3 });
  for (const { name, role } of model.parameters) {
    if (role === 'kernel') continue;
    const random = new Random(name.length);
    const variable = model.weights.get(name) as tf.Variable;
    const values = Float32Array.from({ length: variable.size }, () => 0.5 + random.uniform());
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  return model;
}

function bytes([height, width, channels]: readonly [number, number, number], count: number): Float32Array {
  const random = new Random(9);
  return Float32Array.from({ length: count * height * width * channels }, () => random.below(256));
}

/** Largest difference between two sets of logits, over the largest logit. */
function relativeDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => {
    const largest = tf.max(tf.abs(a)).dataSync()[0] as number;
    return (tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number) / Math.max(1, largest);
  });
}

describe('a LayersModel predicts what the model does, within 1e-5', () => {
  const graphs: [string, LayerGraph][] = [
    ['every operation', everyOperation()],
    ['efficientnet-b0-small', smallGraph('efficientnet-b0-small', 16)],
    ['mobilenetv1', smallGraph('mobilenetv1', 33)],
    ['mnasnet-a1', smallGraph('mnasnet-a1', 32)],
    ['resnet18', smallGraph('resnet18', 32)],
    ['resnet50', smallGraph('resnet50', 33, 0.125)],
    ['vgg16', smallGraph('vgg16', 32, 0.0625)],
    ['inception', expand(inceptionNetwork)],
    ['dense', expand(denseNetwork)],
  ];
  for (const [name, graph] of graphs) {
    it(name, () => {
      const model = used(graph);
      const stock = toLayersModel(graph, model.weights);
      tf.tidy(() => {
        const x = tf.div(tf.tensor(bytes(graph.input, 2), [2, ...graph.input]), 255) as tf.Tensor4D;
        const ours = model.forward(x, { training: false });
        expect((tf.max(tf.abs(ours)).dataSync()[0] as number) > 1e-3).toBe(true);
        expect(relativeDifference(ours, stock.predict(x) as tf.Tensor)).toBeLessThan(1e-5);
      });
      stock.dispose();
      model.dispose();
    });
  }

  it('and takes pixels from 0 to 255 when it is given the normalisation', () => {
    const graph = smallGraph('resnet18', 32);
    const model = used(graph);
    const normalisation = { mean: [0.49, 0.48, 0.45], std: [0.25, 0.24, 0.26] };
    const stock = toLayersModel(graph, model.weights, { normalisation });
    tf.tidy(() => {
      const pixels = tf.tensor(bytes(graph.input, 2), [2, ...graph.input]);
      const x = tf.div(tf.sub(tf.div(pixels, 255), tf.tensor1d(normalisation.mean)), tf.tensor1d(normalisation.std));
      const ours = model.forward(x as tf.Tensor4D, { training: false });
      expect(relativeDifference(ours, stock.predict(pixels) as tf.Tensor)).toBeLessThan(1e-5);
    });
    stock.dispose();
    model.dispose();
  });

  it('and refuses what no stock layer does: symmetric max pooling of negative numbers', () => {
    const builder = new GraphBuilder([8, 8, 3], { epsilon: 1e-3, momentum: 0.9 });
    const pool = builder.add('pool', ['input'], { op: 'maxPool', kernel: 3, stride: 2, padding: 'symmetric' });
    const graph = builder.finish(builder.add('flat', [pool], { op: 'flatten' }));
    expect(() => toLayersModel(graph, new Map())).toThrow('pool.padding: symmetric max pooling');
  });

  it('and refuses symmetric average pooling at stride 2 whose padding does not count', () => {
    const pooled = (countPadding: boolean) => {
      const builder = new GraphBuilder([8, 8, 3], { epsilon: 1e-3, momentum: 0.9 });
      const window = { kernel: 3, stride: 2, padding: 'symmetric', countPadding } as const;
      builder.add('pool', ['input'], { op: 'averagePool', ...window });
      return builder.finish(builder.add('flat', ['pool'], { op: 'flatten' }));
    };
    expect(() => toLayersModel(pooled(false), new Map())).toThrow(
      'pool.padding: symmetric average pooling at stride 2',
    );
    toLayersModel(pooled(true), new Map()).dispose();
  });
});

describe('a saved model', () => {
  let folder: string;
  let server: Server;
  let url: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'triscale-model-'));
    server = createServer(async (request, response) => {
      response.end(await readFile(path.join(folder, path.basename(request.url as string))));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`;
  });
  afterEach(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  it('is loaded by plain TensorFlow.js and predicts the same', async () => {
    const graph = smallGraph('efficientnet-b0-small', 16, 1);
    const model = used(graph);
    const stock = toLayersModel(graph, model.weights);
    expect(await saveLayersModel(stock, folder)).toBe(path.join(folder, 'model.json'));
    const { weightsManifest } = JSON.parse(await readFile(path.join(folder, 'model.json'), 'utf8'));
    expect(weightsManifest[0].paths.length).toBeGreaterThan(1);
    const loaded = await tfl.loadLayersModel(url);
    tf.tidy(() => {
      const x = tf.div(tf.tensor(bytes(graph.input, 2), [2, ...graph.input]), 255);
      const before = (stock.predict(x) as tf.Tensor).dataSync();
      expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(before);
    });
    for (const one of [stock, loaded, model]) one.dispose();
  });

  it('takes the place of an earlier one in the folder and leaves none of its shards', async () => {
    const [first, second] = [everyOperation(), smallGraph('mobilenetv1', 16)].map((graph) => {
      const model = used(graph);
      const stock = toLayersModel(graph, model.weights);
      model.dispose();
      return stock;
    });
    await saveLayersModel(first as tfl.LayersModel, folder);
    const shards = await readdir(folder);
    await saveLayersModel(second as tfl.LayersModel, folder);
    const { weightsManifest } = JSON.parse(await readFile(path.join(folder, 'model.json'), 'utf8'));
    expect((await readdir(folder)).sort()).toEqual(['model.json', ...weightsManifest[0].paths].sort());
    expect(shards.some((name) => weightsManifest[0].paths.includes(name))).toBe(false);
    for (const one of [first, second]) one?.dispose();
  });
});
