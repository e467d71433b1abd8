/** How long a new result takes to reach a page, in a search of thousands of trials whose epochs never pause. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { median, sleep } from './common.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const dist = (name) => import(pathToFileURL(path.join(root, 'dist', name)).href);
const provenance = { host: 'bench', pid: 1, engine: 'wasm', engineVersion: '1', device: 'none' };
const epochEveryMs = 50;

/**
 * Finishes so many trials of the store, one every two seconds, while another one reports an epoch every 50 ms; a listener asks for the search
 * whenever it is told of a change, as a page does. Milliseconds from a result's commit until the listener holds an answer with it.
 */
export async function measureLag(file, results) {
  const { Store } = await dist('db/store.js');
  const { defaultRetries } = await dist('search/plan/outcomes.js');
  const store = Store.open(file);
  const listener = startListener(file);
  const lags = [];
  try {
    await listener.ready;
    const [noisy, ...waiting] = store.read.trials(1).filter(({ state }) => state === 'queued');
    const metrics = store.read.curve(store.read.trials(1).find(({ state }) => state === 'completed').id);
    const begin = (trialId) => {
      const attempt = { trialId, attempt: store.openAttempt(trialId, 'bench', Date.now()), token: 'bench' };
      store.startAttempt({ ...attempt, provenance, resumedAtEpoch: 0 }, Date.now());
      return attempt;
    };
    const own = begin(noisy.id);
    let epoch = 0;
    const timer = setInterval(() => {
      store.recordEpoch({ ...own, metrics: { ...metrics[epoch % metrics.length], epoch: ++epoch } });
    }, epochEveryMs);
    await sleep(5000);
    for (const { id } of waiting.slice(0, results)) {
      const attempt = begin(id);
      const outcome = {
        ...{ state: 'completed', validationAccuracy: 0.7, validationLoss: 0.9, confusion: [[1]], epochs: metrics },
        ...{ trainableParams: 1, peakBytes: 1, wallMs: 1000, datasetDigest: 'simulated', provenance },
      };
      store.transaction(() => store.recordResult({ ...attempt, outcome }, defaultRetries, Date.now()));
      const committed = Date.now();
      lags.push((await listener.seen(id)) - committed);
      // Not in step with the server's clock.
      await sleep(2000 + 731 * Math.random());
    }
    clearInterval(timer);
  } finally {
    await listener.stop();
    store.close();
  }
  return { resultLagMs: median(lags), longestResultLagMs: Math.max(...lags) };
}

/** The server and one page, in a process of their own. */
function startListener(file) {
  const child = spawn(process.execPath, [path.join(root, 'bench/dashboard/listener.mjs'), file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const seenAt = new Map();
  const wanted = new Map();
  let isReady = () => {};
  const ready = new Promise((resolve) => {
    isReady = resolve;
  });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const { ready: begun, id, at } = JSON.parse(line);
      if (begun) isReady();
      else {
        seenAt.set(id, at);
        wanted.get(id)?.(at);
      }
    }
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  return {
    ready,
    seen: (id) => (seenAt.has(id) ? seenAt.get(id) : new Promise((resolve) => wanted.set(id, resolve))),
    stop: () => {
      child.stdin.end();
      return closed;
    },
  };
}
