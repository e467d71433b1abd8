// Run by extension.test.ts on a compiled copy of the sources, whose dist/ is the argument, with one operation and one block more. Writes what it finds as JSON.

import { createRequire } from 'node:module';
import path from 'node:path';

const [dist] = process.argv.slice(2);
const from = (file) => import(path.join(dist, file));
const tf = await import(createRequire(path.join(dist, 'x.js')).resolve('@tensorflow/tfjs-core'));
const { parseArchitecture } = await from('search/network/architecture.js');
const { expand } = await from('search/network/graph.js');
const { segmentsOf } = await from('search/network/segments.js');
const { graphCost } = await from('search/cost/counts.js');
const { engineMemory } = await from('search/cost/engine-memory.js');
const { predictMemory } = await from('search/cost/memory-model.js');
const { NetworkMeter } = await from('search/cost/meter.js');
const { loadBackend } = await from('workers/engine/tfjs/index.js');
const { buildModel } = await from('workers/engine/tfjs/model/model.js');
const { toLayersModel } = await from('workers/engine/tfjs/layers-model/layers-model.js');
const { lossAndGradients } = await from('workers/engine/tfjs/session/gradients.js');
const { toOnnx } = await from('experiments/handover/exports/onnx/index.js');

const network = parseArchitecture({
  name: 'cells',
  resolutionPx: 8,
  channels: 3,
  classes: 4,
  stages: [
    { name: 'stem', block: 'conv', width: 4, repeats: 1, stride: 1 },
    { name: 'stage1', block: 'cell', width: 6, repeats: 3, stride: 1 },
    { name: 'stage2', block: 'cell', width: 8, repeats: 4, stride: 2 },
  ],
  classifier: { pool: 'average' },
  regularisation: { dropout: 0, stochasticDepth: 0 },
  widthDivisor: 2,
  batchNorm: { epsilon: 1e-3, momentum: 0.9 },
});
const graph = expand(network);

const measured = [];
for (const engine of Object.keys(engineMemory))
  for (const recompute of [false, true])
    for (const repeats of [1, 2, 5]) {
      const scaled = { ...network, stages: network.stages.map((stage) => ({ ...stage, repeats })) };
      const options = { batch: 8, optimizer: 'sgd', average: false, engine };
      const asked = { recompute, microBatches: 1 };
      const meter = new NetworkMeter(scaled, options, { limitBytes: Number.POSITIVE_INFINITY, asked });
      const { cost, peakBytes } = meter.measure({
        repeats: scaled.stages.map((stage) => stage.repeats),
        widths: scaled.stages.map(({ width }) => width),
        hidden: [],
        resolutionPx: scaled.resolutionPx,
      });
      measured.push({
        metered: cost,
        counted: graphCost(expand(scaled)),
        meteredBytes: peakBytes,
        predictedBytes: predictMemory(expand(scaled), { ...options, ...asked }).peakBytes,
      });
    }

const engine = await loadBackend('cpu');
const model = buildModel(graph, engine, { seed: 1 });
const images = tf.tensor4d(
  Float32Array.from({ length: 6 * 8 * 8 * 3 }, (_, i) => Math.sin(i * i)),
  [6, 8, 8, 3],
);
const labels = tf.tensor1d([0, 1, 2, 3, 0, 1], 'int32');
const gradients = (recompute) =>
  lossAndGradients(
    () => engine.fused.softmaxCrossEntropy(model.forward(images, { training: true, recompute }), labels, 0),
    model.trainable,
  );
const valuesOf = ({ gradients: all }) => all.flatMap((gradient) => [...gradient.dataSync()]);
const [plain, again] = [valuesOf(gradients(false)), valuesOf(gradients(true))];
const losses = [];
for (let step = 0; step < 5; step++) {
  const { loss, gradients: all } = gradients(false);
  losses.push(loss.dataSync()[0]);
  model.trainable.forEach((variable, i) => {
    variable.assign(tf.sub(variable, tf.mul(all[i], 0.2)));
  });
}

const weights = new Map([...model.weights].map(([name, variable]) => [name, variable.dataSync()]));
const normalisation = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
const onnx = toOnnx({ network, graph, weights, normalisation, classes: ['a', 'b', 'c', 'd'] }, '0.0.0');
const stock = toLayersModel(graph, model.weights).predict(images).dataSync();
const own = model.forward(images, { training: false }).dataSync();

console.log(
  JSON.stringify({
    operations: graph.layers.map(({ op }) => op),
    blocks: graph.blocks.length,
    recomputable: segmentsOf(graph).filter(({ canRecompute }) => canRecompute).length,
    measured,
    losses,
    recomputedDifference:
      Math.max(...plain.map((value, i) => Math.abs(value - again[i]))) / Math.max(...plain.map(Math.abs)),
    onnx: Buffer.from(onnx).toString('latin1'),
    stockDifference: Math.max(...own.map((value, i) => Math.abs(value - stock[i]))),
  }),
);
