// Run by webgpu.test.ts in a process of its own, since a GPU driver is chosen by the environment that a process starts with.
// Argument: the path of dist/ and the network as JSON. Writes one JSON value of everything that was measured.
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

const [dist, network, batch] = process.argv.slice(2);
const from = (file) => import(path.join(dist, file));
const { loadEngine } = await from('workers/engine/index.js');
const { loadBackend } = await from('workers/engine/tfjs/index.js');
const { plainFused } = await from('workers/engine/tfjs/plain.js');
const { SampleTraining } = await from('workers/engine/sample.js');
const { Random } = await from('search/base/random.js');

function normal(shape, seed) {
  const random = new Random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}

async function losses(name) {
  const training = await SampleTraining.open(await loadEngine(name), Number(batch), JSON.parse(network));
  const values = [await training.step(), await training.step(), await training.step()];
  await training.close();
  return values;
}

/** Value and gradients of an operation on a backend, on the same inputs. */
async function differentiate(run, shapes) {
  const inputs = shapes.map((shape, i) => normal(shape, i + 1));
  const y = run(...inputs);
  const dy = normal(y.shape, 99);
  const { value, grads } = tf.valueAndGrads(run)(inputs, dy);
  const results = await Promise.all([value, ...grads].map(async (tensor) => [...(await tensor.data())]));
  tf.dispose([inputs, y, dy, value, grads]);
  return results;
}

const operations = {
  convolution: [(x, w) => tf.conv2d(x, w, 2, 'same'), [2, 7, 9, 3], [3, 3, 3, 5]],
  depthwise: [(x, w) => tf.depthwiseConv2d(x, w, 2, 'same'), [2, 7, 9, 5], [5, 5, 5, 1]],
  maxPool: [(x) => tf.maxPool(x, 3, 2, 'same'), [2, 7, 9, 3]],
  averagePool: [(x) => tf.avgPool(x, 3, 2, 'same'), [2, 7, 9, 3]],
  mean: [(x) => tf.mean(x, [1, 2]), [2, 7, 9, 3]],
  dense: [(x, w) => tf.matMul(x, w), [3, 7], [7, 5]],
};

/** Fused operations: this engine's and the plain composition on the reference engine. */
const fusedOperations = (ops) => {
  const named = {};
  for (const activation of ['linear', 'relu', 'relu6', 'swish', 'sigmoid']) {
    named[`activation ${activation}`] = [(x) => tf.tidy(() => ops.activation(tf.mul(x, 4), activation)), [2, 3, 5, 7]];
    for (const training of [true, false]) {
      const statistics = () => tf.variable(tf.abs(normal([6], 9)), false);
      const p = { epsilon: 1e-3, momentum: 0.9, activation };
      named[`batch norm ${activation} ${training ? 'in training' : 'otherwise'}`] = [
        (x, gamma, beta) =>
          tf.tidy(() => {
            const [movingMean, movingVariance] = [statistics(), statistics()];
            const y = ops.batchNormActivation(
              tf.add(x, 3),
              { ...p, gamma, beta, movingMean, movingVariance },
              training,
            );
            const moved = tf.sum(tf.add(movingMean, movingVariance));
            tf.dispose([movingMean, movingVariance]);
            // The running statistics take part in the value, so that they are compared as well.
            return tf.add(y, moved);
          }),
        [3, 5, 7, 6],
        [6],
        [6],
      ];
    }
  }
  return named;
};

async function compute(engine, ops) {
  await loadBackend(engine);
  const results = {};
  for (const [name, [run, ...shapes]] of Object.entries({ ...operations, ...fusedOperations(ops) })) {
    const before = tf.memory().numTensors;
    results[name] = { values: await differentiate(run, shapes), leaked: tf.memory().numTensors - before };
  }
  return results;
}

const engine = await loadBackend('webgpu');
const { version, device } = engine;
const measured = {
  version,
  device,
  losses: { webgpu: await losses('webgpu'), cpu: await losses('cpu') },
  operations: { webgpu: await compute('webgpu', engine.fused), cpu: await compute('cpu', plainFused) },
};
await loadBackend('webgpu');
engine.resetPeak();
const before = engine.peakBytes();
// One buffer for what is read, one for what is written and one that it is fetched through.
await tf.mul(tf.zeros([1 << 20]), 2).data();
measured.peakOf12MiB = engine.peakBytes() - before;
try {
  tf.square(tf.zeros([1 << 15, 1 << 14]));
} catch (error) {
  measured.tooLarge = { code: error.code, message: error.message };
}
process.stdout.write(JSON.stringify(measured));
