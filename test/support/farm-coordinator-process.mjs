// A coordinator of a farm in a process of its own that kills itself: `node farm-coordinator-process.mjs OPTIONS.json POINT COUNT` dies when it
// comes to this point of its work for the COUNTth time. Without a point it prints how the search ended.
import { readFileSync } from 'node:fs';
import { Store } from '../../dist/db/store.js';
import { Coordinator } from '../../dist/experiments/run/coordinator/coordinator.js';
import { farmExecutor } from '../../dist/experiments/run/farm.js';

const [file, point, count = '1'] = process.argv.slice(2);
const { address, namespace, storeFile, plan, simulation } = JSON.parse(readFileSync(file, 'utf8'));
let left = Number(count);
const reach = (here) => {
  if (here === point && --left === 0) process.kill(process.pid, 'SIGKILL');
};

const store = Store.open(storeFile);
const inner = await farmExecutor({ address, namespace }, store, plan, simulation);
const executor = {
  name: inner.name,
  start: (handlers) =>
    inner.start({
      ...handlers,
      onResult: async (result) => {
        reach('after-read');
        await handlers.onResult(result);
        reach('before-ack');
      },
    }),
  submit: async (jobs) => {
    reach('before-add');
    await inner.submit(jobs);
    reach('after-add');
  },
  held: () => inner.held(),
  pause: () => inner.pause(),
  resume: () => inner.resume(),
  cancel: (ids) => inner.cancel(ids),
  close: (how) => inner.close(how),
};
const onEvent = (event) => {
  // Told as soon as the transaction is durable, before the result is acknowledged.
  if (event.event === 'trial-ended') reach('after-commit');
};
const end = await new Coordinator({ plan, simulation, store, executor, reconcileMs: 1000, onEvent }).run();
process.stdout.write(`${JSON.stringify(end)}\n`);
