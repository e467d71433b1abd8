import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqlite } from '../../../db/file/open-sqlite.js';
import { StoreReader } from '../../../db/reader.js';
import { Store } from '../../../db/store.js';
import { Coordinator } from '../../../experiments/run/coordinator/coordinator.js';
import { Random } from '../../../search/base/random.js';
import type { Plan } from '../../../search/plan/plan.js';
import type { SimulationSpec } from '../../../search/simulation/simulation.js';
import { LocalPool } from '../../../workers/executors/local/pool.js';
import { jobRunner } from '../../../workers/executors/local/runner.js';
import { scratchFolder } from '../../support/scratch.js';
import { simulation } from '../../support/simulated.js';
import { smallPlan } from '../../support/small-plan.js';

const folder = scratchFolder('kill');
const cacheFolder = path.join(folder, 'cache');

interface Search {
  readonly name: string;
  readonly plan: Plan;
  readonly simulation: SimulationSpec | null;
  /** Most epochs that a coordinator is let see. */
  readonly lifeEpochs: number;
}

/** A search whose coordinator can be started and killed. */
function killable({ name, plan, simulation }: Search) {
  const home = path.join(folder, name);
  mkdirSync(home);
  const storeFile = path.join(home, 'search.sqlite');
  const options = path.join(folder, `${name}.json`);
  writeFileSync(options, JSON.stringify({ plan, simulation, storeFile, workers: 2, cacheFolder }));
  const program = path.join(import.meta.dirname, '../../support/search-process.mjs');
  const start = () => {
    const child = spawn(process.execPath, [program, options], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  return { home, storeFile, start };
}

/** Resolves when a coordinator has printed `count` events of this name; false when it ends before. */
async function hasSaid(child: ChildProcess, event: string, count: number): Promise<boolean> {
  let left = count;
  for await (const line of createInterface({ input: child.stdout! })) {
    if (JSON.parse(line).event === event && --left === 0) return true;
  }
  return false;
}

/** The last thing that a coordinator prints. */
async function lastWord(child: ChildProcess): Promise<unknown> {
  let last = 'null';
  for await (const line of createInterface({ input: child.stdout! })) last = line;
  return JSON.parse(last);
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
}

/** Results as they lie in the file, by trial: what must never change again. */
function results(storeFile: string): Map<string, unknown> {
  const db = openSqlite(storeFile);
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const known = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'results'").pluck().get();
    if (known === 0) return new Map();
    const rows = db.prepare<[], { id: string }>('SELECT id, results.* FROM results JOIN trials ON key = trial').all();
    return new Map(rows.map((row) => [row.id, row]));
  } finally {
    db.close();
  }
}

/** The processes that were training when the store was last written to. */
function trainers(storeFile: string): number[] {
  const db = openSqlite(storeFile);
  try {
    const known = db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'attempts'").pluck().get();
    return known === 0 ? [] : db.prepare<[], number>("SELECT pid FROM attempts WHERE state = 'running'").pluck().all();
  } finally {
    db.close();
  }
}

async function expectGone(pid: number): Promise<void> {
  const deadline = performance.now() + 5000;
  const isAlive = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (isAlive()) {
    if (performance.now() > deadline) throw new Error(`process ${pid} has outlived its coordinator`);
    await sleep(20);
  }
}

/** Whoever only looks at the store sees a search that nobody works on. */
function expectReadable(storeFile: string): void {
  const reader = StoreReader.open(storeFile);
  expect(reader.isBeingWritten()).toBe(false);
  expect(reader.searches()).toHaveLength(1);
  reader.close();
}

/** Starts a coordinator ten times and kills it ten times: in its first moments, and while it trains. */
async function killTenTimes(search: Search, { storeFile, start }: ReturnType<typeof killable>): Promise<void> {
  const random = new Random(1);
  let before = new Map<string, unknown>();
  for (let life = 0; life < 10; life++) {
    const child = start();
    if (life % 2 === 0) {
      const epochs = 1 + random.below(search.lifeEpochs);
      expect(await hasSaid(child, 'epoch', epochs), 'the search ended before it could be killed').toBe(true);
      await sleep(50 * random.uniform());
    } else {
      await sleep(600 * random.uniform());
    }
    await kill(child);
    if (life % 2 === 0) expectReadable(storeFile);
    for (const pid of trainers(storeFile)) await expectGone(pid);
    const after = results(storeFile);
    for (const [trialId, result] of before) expect(after.get(trialId)).toEqual(result);
    before = after;
  }
}

/** Runs a killed search to its end and expects it to be as if nothing had happened. */
async function expectWhole(
  search: Search,
  { home, storeFile, start }: ReturnType<typeof killable>,
): Promise<StoreReader> {
  const before = results(storeFile);
  const last = start();
  expect(await lastWord(last)).toMatchObject({
    state: 'finished',
    trials: { completed: search.plan.trials.length, failed: 0 },
    endedNow: search.plan.trials.length - before.size,
  });
  expect(readdirSync(home).sort()).toEqual(['search.sqlite', 'search.sqlite.lock']);
  const after = results(storeFile);
  expect(after.size).toBe(search.plan.trials.length);
  for (const [trialId, result] of before) expect(after.get(trialId)).toEqual(result);
  const reader = StoreReader.open(storeFile);
  const attempts = reader.attempts(1);
  expect(attempts.filter(({ state }) => state === 'completed')).toHaveLength(search.plan.trials.length);
  for (const trial of reader.trials(1)) {
    const own = attempts.filter(({ trialId }) => trialId === trial.id).map(({ state }) => state);
    expect(own).toEqual([...new Array(own.length - 1).fill('interrupted'), 'completed']);
  }
  expect(attempts.length).toBeGreaterThan(search.plan.trials.length);
  return reader;
}

/** The evidence of the same search when nobody disturbs it. */
async function undisturbed({ name, plan, simulation }: Search) {
  const store = Store.open(path.join(folder, `${name}-undisturbed.sqlite`));
  try {
    const executor = new LocalPool({ slots: 2, run: jobRunner({ cacheFolder }) });
    const { searchId } = await new Coordinator({ plan, simulation, store, executor }).run();
    return store.read.evidence(searchId);
  } finally {
    store.close();
  }
}

describe('a coordinator that is killed at ten random moments', () => {
  it('of a simulated search: one result for each trial, none trained again, the file whole, nothing left over', async () => {
    const plan = smallPlan({ depths: 6, replicates: 10, epochs: 3 });
    const search = { name: 'simulated', plan, simulation: simulation({ epochMs: 40 }), lifeEpochs: 15 };
    const victim = killable(search);
    await killTenTimes(search, victim);
    const reader = await expectWhole(search, victim);
    expect(reader.evidence(1)).toEqual(await undisturbed(search));
    reader.close();
  });

  it('of real training: the same, resumed from checkpoints to the same numbers, and no trainer outlives it', async () => {
    const plan = smallPlan({ depths: 2, replicates: 3, epochs: 16, images: 240 });
    const search = { name: 'real', plan, simulation: null, lifeEpochs: 6 };
    const victim = killable(search);
    await killTenTimes(search, victim);
    const reader = await expectWhole(search, victim);
    expect(reader.attempts(1).some(({ resumedAtEpoch }) => (resumedAtEpoch ?? 0) > 0)).toBe(true);
    expect(reader.evidence(1)).toEqual(await undisturbed(search));
    reader.close();
  }, 300_000);
});
