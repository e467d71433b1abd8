// Run by strategy.test.ts in a process of its own: takes a step on two threads and gives the training up without disposing of it. The
// argument is the path of dist/.
import path from 'node:path';

const dist = process.argv[2];
const from = (file) => import(path.join(dist, file));
const { expand } = await from('search/network/graph.js');
const { parse } = await from('search/base/parse.js');
const { resolveNetwork } = await from('search/network/presets.js');
const { recipeSchema } = await from('search/plan/recipe.js');
const { loadBackend } = await from('workers/engine/tfjs/index.js');
const { Trainer } = await from('workers/engine/tfjs/session/trainer.js');
const { plainSteps } = await from('workers/engine/engine.js');

const graph = expand({ ...resolveNetwork('mbconv-tiny'), classes: 10 });
const recipe = parse(recipeSchema, { batch: 2 }, 'recipe');
const trainer = await Trainer.open(await loadBackend('wasm'), graph, recipe, 1, { ...plainSteps, shards: 2 });
const size = graph.input.reduce((product, side) => product * side, 1);
await trainer.step({ pixels: new Float32Array(2 * size), labels: new Int32Array(2), count: 2 }, 0, 0.1);
process.stdout.write('given up\n');
