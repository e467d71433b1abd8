// Run by engines.test.ts under each version of Node. Arguments: the path of dist/, a network as JSON, images a step. Writes one JSON
// value: the form of the wasm kernels that this Node runs, and the losses of three steps on each engine.
import path from 'node:path';

const [dist, network, batch] = process.argv.slice(2);
const from = (file) => import(path.join(dist, file));
const { loadEngine } = await from('workers/engine/index.js');
const { SampleTraining } = await from('workers/engine/sample.js');
const { bestVariant } = await from('workers/engine/tfjs/wasm/kernels.js');

async function losses(name) {
  const training = await SampleTraining.open(await loadEngine(name), Number(batch), JSON.parse(network));
  const values = [await training.step(), await training.step(), await training.step()];
  await training.close();
  return values;
}

const measured = { wasm: await losses('wasm'), tensorflow: await losses('tensorflow') };
process.stdout.write(JSON.stringify({ variant: bestVariant(), losses: measured }));
