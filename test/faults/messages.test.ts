import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Store } from '../../db/store.js';
import { farmExecutor } from '../../experiments/run/farm.js';
import { Random } from '../../search/base/random.js';
import { resultOf, type TrialJob, type TrialResult } from '../../workers/executors/contract.js';
import { searchKeys } from '../../workers/executors/farm/keys.js';
import { parseAssignment, parseEvents, parseResult } from '../../workers/executors/farm/messages.js';
import { queueName } from '../../workers/executors/farm/settings.js';
import { runSimulated } from '../../workers/trial/simulated.js';
import { farmWorker } from '../support/farm.js';
import { accuracies, expectSound, farmSearch, undisturbed } from '../support/farm-search.js';
import { simulatedJob } from '../support/jobs.js';
import { completedOutcome } from '../support/outcomes.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { simulation } from '../support/simulated.js';
import { smallPlan } from '../support/small-plan.js';
import { limitMs, times } from './long.js';

const folder = scratchFolder('faults-messages');
const plan = smallPlan({ depths: 4, replicates: 5 });
const model = simulation({ epochMs: 10, seedNoise: 0.01 });

/** What may stand where something else belongs. */
const oddities: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  Number.POSITIVE_INFINITY,
  '',
  'NaN',
  [],
  {},
  [[]],
  { constructor: 1 },
  JSON.parse('{"__proto__": {"polluted": true}}'),
  'x'.repeat(10_000),
];

/** The JSON of a message with one thing wrong with it, drawn from the seed. */
function spoilt(message: object, seed: number): string {
  const random = new Random(seed);
  const text = JSON.stringify(message);
  const kind = random.below(8);
  if (kind === 0) return text.slice(0, random.below(text.length));
  if (kind === 1) return text.replace(/"protocol":2/, `"protocol":${3 + random.below(9)}`);
  if (kind === 2) return text.replace('{', '{"__proto__":{"polluted":true},');
  if (kind === 3) return text.replace('{', `{"more":"${'x'.repeat(random.below(5) === 0 ? 10_000_000 : 10)}",`);
  if (kind === 4) return String(oddities[random.below(oddities.length)]);
  const copy = JSON.parse(text);
  const places: [Record<string, unknown>, string][] = [];
  const walk = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, below] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, key]);
      walk(below);
    }
  };
  walk(copy);
  const [holder, key] = places[random.below(places.length)]!;
  if (kind === 5) delete holder[key];
  else holder[key] = oddities[random.below(oddities.length)];
  return JSON.stringify(copy);
}

const job = simulatedJob('t1');
const result = resultOf(job, completedOutcome());

describe('200 malformed messages of each kind', () => {
  it.each([
    ['results', result, parseResult],
    ['jobs', { search: 'abc', job }, (json: string) => parseAssignment(JSON.parse(json))],
    ['events', [{ type: 'refused', trialId: 't', reason: 'r' }], parseEvents],
  ] as const)('%s: read as what they say or refused with a word, and nothing is polluted', (_, message, read) => {
    let refused = 0;
    for (let seed = 0; seed < 200; seed++) {
      try {
        read(spoilt(message, seed));
      } catch (error) {
        refused++;
        expect((error as Error).message).toMatch(/expected|unknown key|JSON/);
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('a job whose network is known by now is held to the same rules, and read as the same', () => {
    const verdicts = () =>
      Array.from({ length: 200 }, (_, seed) => {
        try {
          return JSON.stringify(parseAssignment(JSON.parse(spoilt({ search: 'abc', job }, seed))));
        } catch (error) {
          return (error as Error).message;
        }
      });
    const before = verdicts();
    const fresh = parseAssignment({ search: 'abc', job });
    expect(parseAssignment(JSON.parse(JSON.stringify({ search: 'abc', job })))).toEqual(fresh);
    expect(parseAssignment({ search: 'abc', job: { ...job, seed: 7 } }).job.seed).toBe(7);
    expect(() => parseAssignment({ search: 'abc', job: { ...job, seed: -1 } })).toThrow(
      /seed: expected an integer ≥ 0/,
    );
    expect(() => parseAssignment({ search: 'abc', job: { ...job, more: 1 } })).toThrow(/unknown key "more"/);
    expect(verdicts()).toEqual(before);
  });

  it('NaN crosses the wire as what it is', () => {
    const sent = resultOf(job, completedOutcome({ validationLoss: Number.NaN }));
    const { outcome } = parseResult(JSON.stringify(sent));
    expect(outcome).toMatchObject({ state: 'completed', validationLoss: Number.NaN, validationAccuracy: 0.75 });
  });
});

describe.skipIf(missing(parts.redis))('on a Redis server', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
  });
  afterAll(() => redis.kill());

  it(
    'a search amid malformed jobs and results finds the same',
    async () => {
      const namespace = 'malformed';
      const storeFile = path.join(folder, 'malformed.sqlite');
      const worker = farmWorker(redis, { namespace, slots: [runSimulated, runSimulated] });
      await worker.start();
      const { done } = await farmSearch({ redis, namespace, storeFile, plan, simulation: model });
      const client = new Redis(redis.port, '127.0.0.1', { maxRetriesPerRequest: null });
      const queue = new Queue(queueName, { connection: client, prefix: namespace });
      const keys = searchKeys(namespace, await searchOf(client, namespace));
      const unknown = resultOf(simulatedJob('nobody'), completedOutcome());
      for (let seed = 0; seed < 200; seed++) {
        const body = spoilt(seed % 4 === 0 ? unknown : result, seed);
        if (body.length < 1e6 || seed < 40) await client.xadd(keys.results, '*', 'worker', 'odd', 'body', body);
        await client.xadd(keys.events, '*', 'worker', 'odd', 'body', body.slice(0, 1e5));
        if (seed % 4 > 0) continue;
        let data: unknown = body.slice(0, 1e5);
        try {
          data = JSON.parse(spoilt({ search: 'abc', job }, seed));
        } catch {
          // The text itself is the data then.
        }
        await queue.add('trial', data, { removeOnComplete: true, removeOnFail: true });
      }
      expect(await done).toMatchObject({ state: 'finished', trials: { completed: plan.trials.length } });
      const reader = expectSound(storeFile, plan.trials.length);
      expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
      reader.close();
      await queue.close();
      client.disconnect();
      await worker.close();
    },
    limitMs(120_000),
  );

  it(
    'results that come three times, out of order and late count once',
    async () => {
      const namespace = 'repeated';
      const plan = smallPlan({ depths: 4, replicates: times(5, 50) });
      const storeFile = path.join(folder, 'repeated.sqlite');
      const worker = farmWorker(redis, { namespace, slots: [runSimulated, runSimulated] });
      await worker.start();
      const { done } = await farmSearch({ redis, namespace, storeFile, plan, simulation: model });
      const client = new Redis(redis.port, '127.0.0.1', { maxRetriesPerRequest: null });
      const { results } = searchKeys(namespace, await searchOf(client, namespace));
      const random = new Random(1);
      const seen: TrialResult[] = [];
      const ended = done.then(() => true);
      // Every result is copied as it passes, and sent again later, with its own token and with one of long ago.
      while (!(await Promise.race([ended, sleep(2, false)]))) {
        for (const [, fields] of await client.xrange(results, '-', '+', 'COUNT', 20)) {
          const passing = parseResult(fields[fields.indexOf('body') + 1]!);
          if (seen.some(({ token }) => token === passing.token)) continue;
          seen.push(passing);
          for (const again of random.shuffle([...seen]).slice(0, 5)) {
            const stale = { ...again, token: 'of long ago', outcome: completedOutcome({ validationAccuracy: 1 }) };
            for (const sent of [again, stale, again])
              await client.xadd(results, '*', 'worker', 'again', 'trial', sent.trialId, 'body', JSON.stringify(sent));
          }
        }
      }
      expect(await done).toMatchObject({ trials: { completed: plan.trials.length } });
      const reader = expectSound(storeFile, plan.trials.length);
      const kinds = reader.events(0, 100_000).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'duplicate-result').length).toBeGreaterThan(0);
      expect(kinds.filter((kind) => kind === 'late-result').length).toBeGreaterThan(0);
      expect(accuracies(reader)).toEqual(await undisturbed(plan, model, `${storeFile}.undisturbed`));
      reader.close();
      client.disconnect();
      await worker.close();
    },
    limitMs(120_000),
  );

  it(
    'two coordinators of one plan, each with its own store, share the workers and find the same',
    async () => {
      const namespace = 'shared';
      const worker = farmWorker(redis, { namespace, slots: [runSimulated, runSimulated] });
      await worker.start();
      const files = ['a', 'b'].map((name) => path.join(folder, `${name}.sqlite`));
      const searches = await Promise.all(
        files.map((storeFile) => farmSearch({ redis, namespace, storeFile, plan, simulation: model })),
      );
      await Promise.all(searches.map(({ done }) => done));
      const found = files.map((file) => {
        const reader = expectSound(file, plan.trials.length);
        expect(reader.attempts(1)).toHaveLength(plan.trials.length);
        const all = accuracies(reader);
        reader.close();
        return all;
      });
      expect(found[0]).toEqual(found[1]);
      await worker.close();
    },
    limitMs(120_000),
  );

  it('a result that is not read is a crash of the attempt that it names', async () => {
    const namespace = 'unreadable';
    const store = Store.open(path.join(folder, 'unreadable.sqlite'));
    const executor = await farmExecutor({ address: redis.address, namespace }, store, plan, model);
    const got: TrialResult[] = [];
    await executor.start({ onResult: async (one) => void got.push(one), onEvent: () => {} });
    const client = new Redis(redis.port, '127.0.0.1', { maxRetriesPerRequest: null });
    const { results } = searchKeys(namespace, await searchOf(client, namespace));
    const named: TrialJob = simulatedJob('t');
    const body = JSON.stringify({ ...resultOf(named, { state: 'cancelled' }), outcome: { state: 'mysterious' } });
    await client.xadd(results, '*', 'worker', 'w', 'trial', 't', 'body', body);
    while (got.length === 0) await sleep(5);
    expect(got[0]).toMatchObject({ trialId: 't', token: named.token, outcome: { state: 'crashed' } });
    await executor.close('now');
    client.disconnect();
    store.close();
  });
});

/** The only search of a namespace, by the stream that its coordinator has made. */
async function searchOf(client: Redis, namespace: string): Promise<string> {
  for (;;) {
    const [key] = await client.keys(searchKeys(namespace, '*').results);
    if (key) return key.slice(searchKeys(namespace, '').results.length);
    await sleep(10);
  }
}
