import type { Session } from '../engine/engine.js';
import { yieldToEvents } from '../engine/yield.js';

const enoughMs = 1000;

/**
 * Images per second of a training, from real steps on black images of a session that is opened for it and thrown away. Takes one step to
 * warm up and then at least one, and no more once a second has passed.
 */
export async function measureSpeed(open: () => Promise<Session>, signal?: AbortSignal): Promise<number> {
  const session = await open();
  const { recipe, graph } = session;
  const [height, width, channels] = graph.input;
  const batch = {
    shape: graph.input,
    pixels: new Uint8Array(recipe.batch * height * width * channels),
    labels: new Int32Array(recipe.batch),
    count: recipe.batch,
    variations: null,
  };
  try {
    let started = 0;
    let steps = -1;
    while (steps < 1 || performance.now() - started < enoughMs) {
      signal?.throwIfAborted();
      await session.step(batch, 0, 0);
      // Reading the loss waits for an engine that runs ahead.
      await session.losses();
      steps++;
      if (steps === 0) started = performance.now();
      await yieldToEvents();
    }
    return (steps * recipe.batch * 1000) / (performance.now() - started);
  } finally {
    await session.close();
  }
}
