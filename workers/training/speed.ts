import type { LayerGraph } from '../../search/layers.js';
import type { Recipe } from '../../search/recipe.js';
import type { Engine } from '../engine/engine.js';
import { Trainer } from './trainer.js';
import { yieldToEvents } from './yield.js';

const enoughMs = 1000;

/**
 * Images per second that an engine trains of a network, from real steps on grey images with a throw-away copy of the weights. Takes one
 * step to warm up and then at least one, and no more once a second has passed.
 */
export async function measureSpeed(
  engine: Engine,
  graph: LayerGraph,
  recipe: Recipe,
  signal?: AbortSignal,
): Promise<number> {
  const [height, width, channels] = graph.input;
  const batch = {
    pixels: new Float32Array(recipe.batch * height * width * channels),
    labels: new Int32Array(recipe.batch),
    count: recipe.batch,
  };
  const trainer = new Trainer(engine, graph, recipe, 0);
  try {
    let started = 0;
    let steps = -1;
    while (steps < 1 || performance.now() - started < enoughMs) {
      signal?.throwIfAborted();
      const loss = trainer.step(batch, graph.input, 0, 0);
      // Reading the loss waits for an engine that runs ahead.
      await loss.data();
      loss.dispose();
      steps++;
      if (steps === 0) started = performance.now();
      await yieldToEvents();
    }
    return (steps * recipe.batch * 1000) / (performance.now() - started);
  } finally {
    trainer.dispose();
  }
}
