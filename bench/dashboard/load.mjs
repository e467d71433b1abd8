/** What being watched costs a simulated search. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, sleep } from './common.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const program = path.resolve(here, '../../dist/experiments/cli/main.js');

/** Each epoch takes 50 ms of a worker's time, so that the search is neither idle nor as fast as its disk. */
const simulation = { epochMs: 50 };
const experiment = {
  name: 'watched',
  question: 'What does being watched cost?',
  baseline: 'efficientnet-b0-small',
  data: { source: 'shapes' },
  grid: {
    alpha: { from: 1, to: 2, step: 0.1 },
    beta: { from: 1, to: 2, step: 0.1 },
    gamma: { from: 1, to: 2, step: 0.1 },
    tolerance: 0.3,
  },
  training: { epochs: 10 },
  replicates: 1,
};

/** Wall time with and without watchers, in turns; medians. The share of a core is that of the server and all 70 pages together. */
export async function measureLoad(folder, rounds) {
  const file = path.join(folder, 'watched.json');
  writeFileSync(file, JSON.stringify(experiment));
  const alone = [];
  const watched = [];
  const answers = {};
  let faults = 0;
  const share = [];
  for (let i = 0; i < rounds; i++) {
    alone.push((await runSearch(file, path.join(folder, `alone-${i}.sqlite`), false)).seconds);
    const run = await runSearch(file, path.join(folder, `watched-${i}.sqlite`), true);
    watched.push(run.seconds);
    share.push(run.watchers.cpuMs / (1000 * run.seconds));
    faults += run.watchers.faults;
    for (const [status, n] of Object.entries(run.watchers.answers)) answers[status] = (answers[status] ?? 0) + n;
  }
  const [before, after] = [median(alone), median(watched)];
  return {
    aloneSeconds: Number(before.toFixed(2)),
    watchedSeconds: Number(after.toFixed(2)),
    costToSearch: Number((after / before - 1).toFixed(4)),
    watchersShareOfOneCore: Number(median(share).toFixed(4)),
    answers,
    faults,
  };
}

/** Seconds from the first trial to the choice. */
async function runSearch(file, store, isWatched) {
  const search = spawn(
    process.execPath,
    [
      ...[program, 'run', file, '--simulate', JSON.stringify(simulation), '--yes', '--json', '--workers', '2'],
      ...['--store', store, '--out', `${store}.json`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const at = {};
  let text = '';
  search.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    for (const event of ['planned', 'finished'])
      if (at[event] === undefined && text.includes(`"event":"${event}"`)) at[event] = performance.now();
  });
  const closed = new Promise((resolve) => search.on('close', resolve));
  while (at.planned === undefined && search.exitCode === null) await sleep(5);
  const watchers = isWatched ? await startWatchers(store) : null;
  await closed;
  if (at.finished === undefined) throw new Error(`the search did not finish: ${text.slice(-400)}`);
  return { seconds: (at.finished - at.planned) / 1000, watchers: await watchers?.stop() };
}

/** The server and the pages, in a process of their own. */
async function startWatchers(store) {
  const child = spawn(process.execPath, [path.join(here, 'watchers.mjs'), store], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  return {
    stop: async () => {
      child.stdin.end();
      await closed;
      return JSON.parse(text);
    },
  };
}
