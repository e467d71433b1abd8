import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { applicationId } from '../../../db/file/header.js';
import { openSqlite } from '../../../db/file/open-sqlite.js';
import { migrate } from '../../../db/migrate.js';
import { migrations } from '../../../db/migrations/index.js';
import { StoreReader } from '../../../db/reader.js';
import { Store } from '../../../db/store.js';
import { control } from '../../../experiments/control/control.js';
import type { SearchEvent } from '../../../experiments/run/coordinator/search-events.js';
import { revisionOf } from '../../../experiments/run/extensions.js';
import { planRun } from '../../../experiments/run/run-plan.js';
import { readRunStore } from '../../../experiments/run/run-store.js';
import { runSearch } from '../../../experiments/run/search-run.js';
import type { Plan } from '../../../search/plan/plan.js';
import { triscale } from '../../support/command-line.js';
import { scratchFolder } from '../../support/scratch.js';
import { simulation } from '../../support/simulated.js';
import { smallPlan } from '../../support/small-plan.js';

const folder = scratchFolder('extensions');
let files = 0;

function newStore(plan = smallPlan()): string {
  const file = path.join(folder, `${files++}.sqlite`);
  const store = Store.open(file);
  store.addSearch(plan, null, 0);
  store.close();
  return file;
}

const revisedPlan = (plan: Plan, file: string): Plan => revisionOf(plan, file)?.plan ?? plan;

/** As `triscale extend` does it while no coordinator is at work, with the search of a hash or the latest. */
function extend(file: string, extension: object, wanted?: string) {
  const reader = StoreReader.open(file);
  const { id } = reader.searches().findLast(({ hash }) => hash === (wanted ?? hash))!;
  reader.close();
  return control(file, id, { command: 'extend', extension });
}

describe('a run of a plan that was extended', () => {
  it('goes on with the latest revision, with the data where the plan has them', async () => {
    const plan = smallPlan();
    const file = newStore(plan);
    expect(revisedPlan(plan, file)).toBe(plan);
    await extend(file, { replicates: plan.spec.replicates + 1 });
    const once = revisedPlan(plan, file);
    expect(once.trials.length).toBe(plan.trials.length + plan.networks.length);
    await extend(file, { epochs: plan.recipe.epochs + 5 });
    const twice = revisedPlan(plan, file);
    expect(twice.spec).toMatchObject({
      replicates: once.spec.replicates,
      training: { epochs: plan.recipe.epochs + 5 },
    });
    expect(revisedPlan(once, file).hash).toBe(twice.hash);
    const moved = { ...plan, dataset: { ...plan.dataset, seed: 7 } } as typeof plan;
    expect(revisedPlan(moved, file).dataset).toEqual(moved.dataset);
  });

  it('goes on with what it was extended back to', async () => {
    const plan = smallPlan();
    const file = newStore(plan);
    await extend(file, { epochs: plan.recipe.epochs + 1 });
    await extend(file, { epochs: plan.recipe.epochs });
    expect(revisedPlan(plan, file).hash).toBe(plan.hash);
  });

  it('goes on with what was extended last, where one plan was extended twice, and where a revision of it was', async () => {
    const plan = smallPlan();
    const file = newStore(plan);
    const from = (revision: Plan, epochs: number) => extend(file, { epochs }, revision.hash);
    await from(plan, 3);
    const first = revisedPlan(plan, file);
    await from(plan, 4);
    const second = revisedPlan(plan, file);
    expect([first.recipe.epochs, second.recipe.epochs]).toEqual([3, 4]);
    expect(revisedPlan(first, file)).toBe(first);
    await from(first, 5);
    expect(revisedPlan(plan, file).recipe.epochs).toBe(5);
    expect(revisedPlan(second, file)).toBe(second);
  });

  it('is not another plan of the same store', async () => {
    const plan = smallPlan({ seed: 1 });
    const other = smallPlan({ seed: 2 });
    const file = newStore(plan);
    await extend(file, { replicates: 9 });
    expect(revisedPlan(other, file)).toBe(other);
  });

  it('fits into the memory of the machine that runs it: the same trials, recomputed, or others in micro-batches', async () => {
    const slots = (memoryBytes: number) => ({ engine: 'wasm', workers: 1, memoryBytes });
    const plan = smallPlan();
    const file = newStore(plan);
    await extend(file, { replicates: 3 });
    const roomy = await planRun(plan, slots(1e9), file);
    expect(roomy.plan.networks.map(({ saving }) => saving.recompute)).toEqual([false, false, false]);
    const largest = Math.max(...roomy.plan.networks.map(({ peakBytes }) => peakBytes));
    const fits = (memoryBytes: number, saving: object) => ({
      extendedFrom: plan.hash,
      plan: {
        machine: { engine: 'wasm', memoryBytes },
        networks: [{}, {}, { saving }],
        spec: { replicates: 3 },
      },
    });
    const [tight, tighter] = [0.99 * largest, 0.95 * largest];
    const recomputed = await planRun(plan, slots(tight), file);
    expect(recomputed).toMatchObject(fits(tight, { recompute: true, microBatches: 1 }));
    expect(recomputed.plan).toMatchObject({ hash: roomy.plan.hash, trials: roomy.plan.trials });
    // The plan itself is another one there, which the store does not hold.
    const parted = await planRun(plan, slots(tighter), file);
    expect(parted).toMatchObject(fits(tighter, { microBatches: 2 }));
    expect(parted.plan.hash).not.toBe(roomy.plan.hash);
  });

  it('trains what the extension asks for, by the same command', { timeout: 60_000 }, async () => {
    const search = {
      name: 'longer',
      question: 'Which?',
      baseline: 'mbconv-tiny',
      resolutionPx: 16,
      data: { source: 'shapes', train: 48, validation: 24, test: 12 },
      grid: {
        alpha: { from: 2, to: 2, step: 1 },
        beta: { from: 1, to: 1, step: 1 },
        gamma: { from: 1, to: 1, step: 1 },
      },
      singleDimension: false,
      seedBudget: 0,
      training: { epochs: 1, batch: 16 },
    };
    writeFileSync(path.join(folder, 'longer.json'), JSON.stringify(search));
    const options = { cwd: folder, env: { TRISCALE_CACHE: path.join(folder, 'cache') } };
    const run = () => triscale(['run', 'longer.json', '--engine', 'wasm', '--gigaflops', '10'], options);
    await run();
    const { out } = await triscale(['extend', 'longer.json', '--replicates', '2'], options);
    expect(out).toContain('extended to 4 trials');
    const { err } = await triscale(['status', 'longer.json'], options);
    expect(err).not.toContain('now gives plan');
    const again = await run();
    expect(again.out).toMatch(/^Continuing with plan [0-9a-f]{12}, which triscale extend made from [0-9a-f]{12}\.$/m);
    expect(again.out).toContain('Continuing: 2 of 4 trials have finished.');
    expect(again.out).toContain('Trials  4 completed');
  });
});

describe('the store of a run', () => {
  it('is read as it is where an older program wrote it, or where it is empty, and brought up to date by the run', async () => {
    const [old, empty] = ['old', 'empty'].map((name) => path.join(folder, `${name}.sqlite`)) as [string, string];
    const plan = smallPlan({ depths: 1, replicates: 1 });
    const db = openSqlite(old);
    db.pragma(`application_id = ${applicationId}`);
    // As a program that was killed leaves it.
    db.pragma('journal_mode = WAL');
    migrate(db, migrations.slice(0, 1));
    db.prepare('INSERT INTO searches (hash, name, plan, created_ms) VALUES (?, ?, ?, 0)').run('abc', 'old', '{}');
    db.close();
    writeFileSync(empty, '');
    for (const [file, names] of [
      [old, ['old']],
      [empty, []],
    ] as const) {
      const before = readFileSync(file);
      expect(() => StoreReader.open(file)).toThrow('brings it up to date');
      const reader = readRunStore(file);
      expect(reader?.searches().map(({ name }) => name)).toEqual(names);
      reader?.close();
      expect(readFileSync(file)).toEqual(before);
    }
    expect(readRunStore(path.join(folder, 'nowhere.sqlite'))).toBeNull();

    const said = async (storeFile: string) => {
      const notes: string[] = [];
      const onEvent = (event: SearchEvent) => void (event.event === 'note' && notes.push(event.message));
      await runSearch({
        plan,
        simulation: simulation({ seed: 2 }),
        storeFile,
        workers: 1,
        cacheFolder: folder,
        onEvent,
      });
      return notes;
    };
    expect(await said(old)).toEqual([expect.stringContaining('was of schema 1 and is brought up to date')]);
    StoreReader.open(old).close();
    expect(await said(old)).toEqual([]);
    expect(await said(empty)).toEqual([]);
  });

  it('is refused before any image is read where it is no store, or where another coordinator works on it', () => {
    const text = path.join(folder, 'text.sqlite');
    writeFileSync(text, 'no store at all, but long enough to be taken for the header of one');
    expect(() => readRunStore(text)).toThrow('is not a database');
    const file = newStore();
    const store = Store.open(file);
    expect(() => readRunStore(file)).toThrow('is locked: another `triscale run` is using it');
    store.close();
    readRunStore(file)?.close();
  });
});
