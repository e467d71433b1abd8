// node tfjs-scores.mjs FOLDER…: what plain TensorFlow.js predicts with each folder's tfjs/ for its pixels, as JSON. Nothing here is ours.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

await tf.setBackend('cpu');
const scores = {};
for (const folder of process.argv.slice(2)) {
  const read = (name) => readFileSync(path.join(folder, name));
  const { modelTopology, weightsManifest } = JSON.parse(read('tfjs/model.json'));
  const weightData = Buffer.concat(weightsManifest.flatMap(({ paths }) => paths.map((name) => read(`tfjs/${name}`))));
  const artifacts = {
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: weightData.buffer.slice(weightData.byteOffset, weightData.byteOffset + weightData.byteLength),
  };
  const model = await tfl.loadLayersModel(tf.io.fromMemory(artifacts));
  const pixels = read('pixels.f32');
  const values = new Float32Array(pixels.buffer.slice(pixels.byteOffset, pixels.byteOffset + pixels.byteLength));
  scores[folder] = [...model.predict(tf.tensor(values, JSON.parse(read('shape.json')))).dataSync()];
}
process.stdout.write(JSON.stringify(scores));
