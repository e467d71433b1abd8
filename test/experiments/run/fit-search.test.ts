import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreReader } from '../../../db/reader.js';
import { fitSearch } from '../../../experiments/run/fit-search.js';
import { runSearch } from '../../../experiments/run/search-run.js';
import { resolveNetwork } from '../../../search/network/presets.js';
import { parseExperiment } from '../../../search/plan/experiment.js';
import { makePlan, type Plan } from '../../../search/plan/plan.js';
import { triscale } from '../../support/command-line.js';
import { scratchFolder } from '../../support/scratch.js';

const folder = scratchFolder('fit-search');
const cacheFolder = path.join(folder, 'cache');
const trialMs = 120_000;

/** A search of depths 1, 2, … at 32 px, or of depth 1 at both resolutions. */
function planOf(name: string, grid: object, fields: object = {}): Plan {
  const one = { from: 1, to: 1, step: 1 };
  const spec = parseExperiment({
    name,
    question: 'Which of them fit?',
    baseline: 'mbconv-tiny',
    data: { source: 'shapes', train: 128, validation: 24, test: 12 },
    grid: { alpha: one, beta: one, gamma: one, product: 1, tolerance: 1024, ...grid },
    scaling: { rounding: 'nearest' },
    singleDimension: false,
    seedBudget: 0,
    training: { epochs: 1, batch: 64 },
    ...fields,
  });
  return makePlan(spec, resolveNetwork('mbconv-tiny'), { classes: 12 });
}

const deeper = { alpha: { from: 1, to: 3, step: 2 } };
const sharper = { gamma: { from: 1, to: 2, step: 1 } };
const storeOf = (plan: Plan): string => path.join(folder, `${plan.spec.name}.sqlite`);
const slots = (memoryBytes: number) => ({ engine: 'wasm', workers: 1, memoryBytes });

async function train(plan: Plan) {
  const storeFile = storeOf(plan);
  const end = await runSearch({ plan, storeFile, workers: 1, cacheFolder, engine: 'wasm' });
  const reader = StoreReader.open(storeFile);
  const { id } = reader.searches().at(-1)!;
  const stored = reader.plan(id);
  const notes = reader.events(0, 1000).map(({ detail }) => detail);
  const results = reader.trials(id).map((trial) => {
    if (trial.state !== 'completed') throw new Error(`trial ${trial.id} is ${trial.state}`);
    return { ...trial.result, networkId: trial.networkId };
  });
  reader.close();
  return { end, stored, results, notes };
}

/** The larger of two networks of a plan, and what came out of its trial. */
function largest(plan: Plan, results: Awaited<ReturnType<typeof train>>['results']) {
  const network = plan.networks.toSorted((a, b) => b.cost.macs - a.cost.macs)[0]!;
  return { network, result: results.find(({ networkId }) => networkId === network.id)! };
}

describe('a search on a machine with little memory', () => {
  it(
    'recomputes a network that fits only so: the same trials under the same hash, and the memory as predicted',
    async () => {
      const plain = planOf('recomputed', deeper);
      const plan = await fitSearch(plain, slots(40e6), storeOf(plain));
      const { network } = largest(plan, []);
      expect(plan.networks.map(({ saving }) => saving)).toEqual([
        { recompute: false, microBatches: 1 },
        { recompute: true, microBatches: 1 },
      ]);
      expect(plan).toMatchObject({ hash: plain.hash, trials: plain.trials });
      const { end, stored, results, notes } = await train(plan);
      expect(end).toMatchObject({ state: 'finished', trials: { completed: 2 } });
      expect(stored.networks).toEqual(plan.networks);
      const { result } = largest(plan, results);
      expect(result.device).toMatch(/, recomputed$/);
      expect(Math.abs(network.peakBytes / result.peakBytes - 1)).toBeLessThan(0.15);
      expect(network.peakBytes).toBeLessThan(40e6);
      expect(notes).toContainEqual(expect.stringMatching(/would not fit into memory: .*computed once more/));
    },
    trialMs,
  );

  it(
    'trains in micro-batches what fits only so: another trial, which a machine with more memory goes on with',
    async () => {
      const plain = planOf('parted', sharper);
      const plan = await fitSearch(plain, slots(42.7e6), storeOf(plain));
      const { network } = largest(plan, []);
      expect(network.saving).toEqual({ recompute: false, microBatches: 2 });
      expect(plan.hash).not.toBe(plain.hash);
      const same = plan.trials.filter(({ id }) => plain.trials.some((trial) => trial.id === id));
      expect(same.map(({ networkId }) => networkId)).toEqual([plain.points[0]!.networkId]);
      expect(plan.warnings).toContainEqual(expect.stringMatching(/^1 of 2 networks train each batch in parts/));
      const { results, notes } = await train(plan);
      const { result } = largest(plan, results);
      expect(result.device).toMatch(/, 2 micro-batches$/);
      expect(Math.abs(network.peakBytes / result.peakBytes - 1)).toBeLessThan(0.15);
      expect(notes).toContainEqual(
        expect.stringMatching(/would not fit into memory: each batch is trained in 2 parts/),
      );

      const roomy = await fitSearch(plain, slots(1e9), storeOf(plain));
      expect(roomy.hash).toBe(plan.hash);
      expect(await train(roomy)).toMatchObject({ end: { state: 'finished', endedNow: 0 } });
    },
    trialMs,
  );

  it('refuses what does not fit whatever is saved, and says what was tried', async () => {
    const plain = planOf('refused', deeper);
    const plan = await fitSearch(plain, slots(1.5e6), storeOf(plain));
    expect(plan.hash).toBe(plain.hash);
    await expect(runSearch({ plan, storeFile: storeOf(plan), workers: 1, cacheFolder })).rejects.toMatchObject({
      code: 'does-not-fit',
      message: expect.stringMatching(
        /^network \w+ and 1 more: expected to fit into the 1.43 MiB .* got [\d.]+ MiB, and [\d.]+ MiB with blocks computed once more in the backward pass and each batch in 64 parts; /,
      ),
    });
  });

  it('saves only as much as the experiment allows', async () => {
    const none = planOf('none', deeper, { memorySaving: 'none' });
    expect((await fitSearch(none, slots(40e6), storeOf(none))).networks).toEqual(none.networks);
    const first = planOf('first', sharper, { memorySaving: 'recompute' });
    expect((await fitSearch(first, slots(41.5e6), storeOf(first))).networks).toEqual(first.networks);
  });
});

describe('on the command line', () => {
  const file = path.join(folder, 'cli.json');
  const said =
    /1 network would not fit in memory otherwise and is trained with blocks computed once more .*: up to [\d.]+ MiB, in about ×1.33 of the time/;

  it(
    'plan, run and status say what saves memory, in words and as JSON',
    async () => {
      const { baseline: _baseline, ...spec } = planOf('cli', deeper).spec;
      await writeFile(file, JSON.stringify({ ...spec, baseline: 'mbconv-tiny' }));
      const call = (...args: string[]) => triscale(args, { cwd: folder, env: { TRISCALE_CACHE: cacheFolder } });
      const limited = ['--memory', '40000000', '--engine', 'wasm'];
      const planned = await call('plan', file, ...limited);
      expect(planned.out).toMatch(said);
      const { savings, hash } = JSON.parse((await call('plan', file, ...limited, '--json')).out);
      const saving = { recompute: true, microBatches: 1, networkId: expect.any(String), peakBytes: expect.any(Number) };
      expect(savings).toEqual([{ ...saving, slowdown: 4 / 3 }]);
      const run = await call('run', file, ...limited, '--json');
      const events = run.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events).toContainEqual({ event: 'memory', engine: 'wasm', memoryBytes: 40e6, savings });
      expect(events).toContainEqual(expect.objectContaining({ event: 'planned', hash }));
      expect(events.at(-1)).toMatchObject({ event: 'finished', trials: { completed: 2 } });
      const status = await call('status', file);
      expect(status.out).toMatch(said);
      expect(status.err).toBe('');
      expect(JSON.parse((await call('status', file, '--json')).out).savings).toEqual(savings);
    },
    trialMs,
  );

  it('plan says what fits nowhere, run refuses it, and a size that is none is refused', async () => {
    const { out } = await triscale(['plan', file, '--memory', '1500kB']);
    expect(out).toBe('');
    const small = await triscale(['plan', file, '--memory', '1.5MiB'], { cwd: folder });
    expect(small.out).toMatch(
      /2 networks do not fit into a slot of 1\.50 MiB: \w+ needs [\d.]+ MiB even with blocks .* in 64 parts/,
    );
    const refused = await triscale(['run', file, '--memory', '1.5MiB', '--store', 'other.sqlite'], { cwd: folder });
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringMatching(/expected to fit into the 1\.50 MiB .* in 64 parts/),
    });
  });
});
