import { expect } from 'vitest';
import { openSqlite } from '../../db/file/open-sqlite.js';
import { StoreReader } from '../../db/reader.js';
import type { StoredAttempt } from '../../db/records.js';
import { Store } from '../../db/store.js';
import type { CoordinatorOptions } from '../../experiments/run/coordinator/coordinator.js';
import { Coordinator } from '../../experiments/run/coordinator/coordinator.js';
import type { SearchEnd, SearchEvent } from '../../experiments/run/coordinator/search-events.js';
import { farmExecutor } from '../../experiments/run/farm.js';
import { defaultRetries, type Retries } from '../../search/plan/outcomes.js';
import type { Plan } from '../../search/plan/plan.js';
import type { SimulationSpec } from '../../search/simulation/simulation.js';
import type { Executor } from '../../workers/executors/contract.js';
import { LocalPool } from '../../workers/executors/local/pool.js';
import { jobRunner } from '../../workers/executors/local/runner.js';
import { runSimulated } from '../../workers/trial/simulated.js';
import type { TestRedis } from './redis.js';

export interface FarmSearch {
  readonly redis: TestRedis;
  readonly namespace: string;
  readonly storeFile: string;
  readonly plan: Plan;
  readonly simulation: SimulationSpec | null;
}

/** A search whose coordinator is in this process. */
export interface RunningSearch {
  readonly done: Promise<SearchEnd>;
  readonly coordinator: Coordinator;
  readonly events: SearchEvent[];
}

/** Runs a search on the workers that have joined a namespace. */
export async function farmSearch(
  { redis, namespace, ...search }: FarmSearch,
  options: Partial<CoordinatorOptions> = {},
): Promise<RunningSearch> {
  const { plan, simulation } = search;
  const farm = { address: redis.address, namespace };
  return begin(search, options, (store) => farmExecutor(farm, store, plan, simulation));
}

/** The same on a local pool of two processes. */
export async function poolSearch(
  search: Omit<FarmSearch, 'redis' | 'namespace'>,
  cacheFolder: string,
  options: Partial<CoordinatorOptions> = {},
): Promise<RunningSearch> {
  return begin(search, options, async () => new LocalPool({ slots: 2, run: jobRunner({ cacheFolder }) }));
}

async function begin(
  { storeFile, plan, simulation }: Omit<FarmSearch, 'redis' | 'namespace'>,
  options: Partial<CoordinatorOptions>,
  makeExecutor: (store: Store) => Promise<Executor>,
): Promise<RunningSearch> {
  const store = Store.open(storeFile);
  const events: SearchEvent[] = [];
  const executor = await makeExecutor(store);
  const coordinator = new Coordinator({
    plan,
    simulation,
    store,
    executor,
    reconcileMs: 1000,
    onEvent: (event) => void events.push(event),
    ...options,
  });
  return { done: coordinator.run().finally(() => store.close()), coordinator, events };
}

/** What the same search finds when nobody disturbs it, on this machine. */
export async function undisturbed(plan: Plan, simulation: SimulationSpec, storeFile: string) {
  const store = Store.open(storeFile);
  try {
    const executor = new LocalPool({ slots: 4, run: runSimulated });
    const model = { ...simulation, epochMs: 0 };
    const { searchId } = await new Coordinator({ plan, simulation: model, store, executor }).run();
    return accuracies(store.read, searchId);
  } finally {
    store.close();
  }
}

/** What the same search finds by training, undisturbed, on this machine. */
export async function trained(plan: Plan, cacheFolder: string, storeFile: string) {
  const store = Store.open(storeFile);
  try {
    const executor = new LocalPool({ slots: 2, run: jobRunner({ cacheFolder }) });
    const { searchId } = await new Coordinator({ plan, store, executor }).run();
    return accuracies(store.read, searchId);
  } finally {
    store.close();
  }
}

/** Accuracy by network and replicate; the state of a trial that has none. */
export function accuracies(reader: StoreReader, searchId = 1): Map<string, number | string> {
  return new Map(
    reader
      .trials(searchId)
      .map((trial) => [
        `${trial.networkId}/${trial.replicate}`,
        trial.state === 'completed' ? trial.result.validationAccuracy : trial.state,
      ]),
  );
}

/** After any fault: the file is whole, each trial over with exactly one result, no attempt beyond the table of retries. */
export function expectSound(storeFile: string, completed: number, retries: Retries = defaultRetries): StoreReader {
  const db = openSqlite(storeFile);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.prepare('SELECT count(*) FROM results').pluck().get()).toBe(completed);
  db.close();
  const reader = StoreReader.open(storeFile);
  const attempts = new Map<string, StoredAttempt[]>();
  for (const attempt of reader.attempts(1))
    attempts.set(attempt.trialId, [...(attempts.get(attempt.trialId) ?? []), attempt]);
  for (const trial of reader.trials(1)) {
    expect(['completed', 'failed']).toContain(trial.state);
    const own = attempts.get(trial.id) ?? [];
    if (trial.state === 'completed') expect(own.filter(({ state }) => state === 'completed')).toHaveLength(1);
    for (const outcome of ['lost', 'crashed'] as const)
      expect(own.filter(({ state }) => state === outcome).length).toBeLessThanOrEqual(retries[outcome] + 1);
    expect(own.every(({ endedMs }) => endedMs !== null)).toBe(true);
  }
  return reader;
}
