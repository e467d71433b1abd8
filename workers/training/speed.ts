import type { Trainer } from '../engine/tfjs/session/trainer.js';
import { yieldToEvents } from '../engine/tfjs/session/yield.js';

const enoughMs = 1000;

/**
 * Images per second of a training, from real steps on grey images of a trainer that is opened for it and thrown away. Takes one step to
 * warm up and then at least one, and no more once a second has passed.
 */
export async function measureSpeed(open: () => Promise<Trainer>, signal?: AbortSignal): Promise<number> {
  const trainer = await open();
  const { recipe, model } = trainer;
  const [height, width, channels] = model.graph.input;
  const batch = {
    pixels: new Float32Array(recipe.batch * height * width * channels),
    labels: new Int32Array(recipe.batch),
    count: recipe.batch,
  };
  try {
    let started = 0;
    let steps = -1;
    while (steps < 1 || performance.now() - started < enoughMs) {
      signal?.throwIfAborted();
      const loss = await trainer.step(batch, 0, 0);
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
