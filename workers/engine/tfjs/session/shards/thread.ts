/** The program of a thread that trains one shard of every batch: loads the engine, builds its own copy of the model, and follows orders. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { yieldToEvents } from '../../../yield.js';
import { loadBackend } from '../../index.js';
import { Trainer } from '../trainer.js';
import { Exchange } from './exchange.js';
import { Replica } from './replica.js';
import type { ThreadData, ThreadMessage } from './shard-thread.js';

const { graph, recipe, seed, stepPlan, shard, layout, memory, engine: engineName } = workerData as ThreadData;
const port = parentPort as NonNullable<typeof parentPort>;

try {
  const engine = await loadBackend(engineName);
  const trainer = new Trainer(engine, graph, recipe, seed, stepPlan);
  const exchange = new Exchange(layout, memory);
  const rendezvous = exchange.rendezvous(shard);
  const replica = new Replica(trainer, exchange, shard);
  say({ type: 'ready' });
  for (;;) {
    rendezvous.arrive();
    // Asleep here, and in the other meetings, the thread is ended from outside.
    rendezvous.wait(0);
    const order = exchange.take();
    if (order.order === 'load') {
      trainer.load(receiveMessageOnPort(port)?.message as SharedArrayBuffer);
      rendezvous.meet();
    } else {
      replica.compute(exchange.images(shard, order.images), order.step);
      rendezvous.meet();
      exchange.reduce(shard, order.images);
      rendezvous.meet();
      replica.apply(order.step, order.learningRate);
    }
    // The garbage collector has tasks that wait for the event loop.
    await yieldToEvents();
  }
} catch (error) {
  say({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

function say(message: ThreadMessage): void {
  port.postMessage(message);
}
