/** One of our own engines as a competitor: `node own.mjs ENGINE NETWORK THREADS`. */
import { parse } from '../../dist/search/base/parse.js';
import { Random } from '../../dist/search/base/random.js';
import { recipeSchema } from '../../dist/search/plan/recipe.js';
import { plainSteps } from '../../dist/workers/engine/engine.js';
import { loadBackend } from '../../dist/workers/engine/tfjs/index.js';
import { Trainer } from '../../dist/workers/engine/tfjs/session/trainer.js';
import { benchNetwork } from './networks.mjs';
import { answerRounds } from './rounds.mjs';

const [engineName, networkName, threads = '1'] = process.argv.slice(2);
const warmUpSteps = 3;
const { graph, network, batch } = benchNetwork(networkName);
const engine = await loadBackend(engineName);
const recipe = parse(recipeSchema, { batch, weightDecay: 1e-4 }, 'recipe');
const shards = engineName === 'wasm' ? Number(threads) : 1;
const trainer = await Trainer.open(engine, graph, recipe, 1, { ...plainSteps, shards });
const random = new Random(1);
const [height, width, channels] = graph.input;
const images = {
  pixels: Float32Array.from({ length: batch * height * width * channels }, () => random.normal()),
  labels: Int32Array.from({ length: batch }, () => random.below(network.classes)),
  count: batch,
};
let steps = 0;

async function step() {
  const loss = await trainer.step(images, steps++, 0.01);
  const [value] = await loss.data();
  loss.dispose();
  if (!Number.isFinite(value)) throw new Error(`the loss of step ${steps} is ${value}`);
}

for (let i = 0; i < warmUpSteps; i++) await step();
const { version, device } = engine;
const about = { engineVersion: version, device, params: trainer.model.trainableParams };
await answerRounds({ about, batch, step });
trainer.dispose();
