// Run by memory.test.ts in a process of its own, since an engine keeps what it has once taken. Arguments: the path of dist/, the engine, a
// network of the catalogue, its resolution, the batch and the micro-batches, with `recompute` where blocks are computed twice. Writes the measured and the predicted peak of a training as JSON.
import path from 'node:path';

const [dist, engineName, networkName, resolution, batchText, parts = '1', again] = process.argv.slice(2);
const from = (file) => import(path.join(dist, file));
const { expand } = await from('search/network/graph.js');
const { memoryOptions, predictMemory } = await from('search/cost/memory-model.js');
const { parse } = await from('search/base/parse.js');
const { resolveNetwork } = await from('search/network/presets.js');
const { recipeSchema } = await from('search/plan/recipe.js');
const { loadBackend } = await from('workers/engine/tfjs/index.js');
const { Trainer } = await from('workers/engine/tfjs/session/trainer.js');

const graph = expand({ ...resolveNetwork(networkName), resolutionPx: Number(resolution), classes: 10 });
const batch = Number(batchText);
const recipe = parse(recipeSchema, { batch }, 'recipe');
const engine = await loadBackend(engineName);
const saving = { recompute: again === 'recompute', microBatches: Number(parts) };
const trainer = new Trainer(engine, graph, recipe, 1, { shards: 1, ...saving });
const size = graph.input.reduce((product, side) => product * side, 1);
const images = {
  pixels: Float32Array.from({ length: batch * size }, (_, i) => Math.sin(i)),
  labels: new Int32Array(batch),
  count: batch,
};
trainer.resetPeak();
// A native heap settles within a few steps.
const steps = engineName === 'tensorflow' ? 8 : 2;
for (let step = 0; step < steps; step++) {
  const loss = await trainer.step(images, step, 0.01);
  await loss.data();
  loss.dispose();
}
const { peakBytes: predictedBytes } = predictMemory(graph, { ...memoryOptions(recipe, engineName), ...saving });
process.stdout.write(`${JSON.stringify({ measuredBytes: trainer.peakBytes, predictedBytes })}\n`);
// A native library may keep the process from ending.
process.exit(0);
