/** The program of a thread that trains one shard of every batch: loads the engine, builds its own copy of the model, and does as it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadEngine } from '../../engine/index.js';
import { Trainer } from '../trainer.js';
import { Exchange } from './exchange.js';
import type { Phase, ThreadData, ThreadMessage } from './messages.js';
import { Replica } from './replica.js';

const { graph, recipe, seed, strategy, shard, layout, memory, ...data } = workerData as ThreadData;

try {
  const engine = await loadEngine(data.engine);
  const trainer = new Trainer(engine, graph, recipe, seed, strategy);
  const replica = new Replica(trainer, new Exchange(layout, memory), shard);
  parentPort?.on('message', (phase: Phase) => {
    try {
      answer(run(phase), engine.peakBytes());
    } catch (error) {
      fail(error);
    }
  });
  answer(0, engine.peakBytes());

  function run(phase: Phase): number {
    switch (phase.phase) {
      case 'load':
        trainer.load(phase.values);
        return 0;
      case 'compute':
        return replica.compute(phase.count, phase.step);
      case 'reduce':
        return replica.reduce(phase.counts);
      case 'apply':
        return replica.apply(phase.step, phase.learningRate);
    }
  }
} catch (error) {
  fail(error);
}

function answer(loss: number, peakBytes: number): void {
  parentPort?.postMessage({ type: 'done', loss, peakBytes } satisfies ThreadMessage);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  parentPort?.postMessage({ type: 'failed', message } satisfies ThreadMessage);
}
