import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { StateView } from '../../../dashboard/api.js';
import { startServer } from '../../../dashboard/server/server.js';
import { StoreReader } from '../../../db/reader.js';
import { control as controlStore } from '../../../experiments/control/control.js';
import { coefficientsDownload, coefficientsExport } from '../../../experiments/handover/coefficients.js';
import { readSearchEvidence } from '../../../experiments/handover/evidence.js';
import { runSearch } from '../../../experiments/run/search-run.js';
import { defaultRule } from '../../../search/evidence/choice.js';
import type { SearchCommand } from '../../../search/plan/command.js';
import { emptyPage } from '../../support/empty-page.js';
import { scratchFolder } from '../../support/scratch.js';
import { simulation } from '../../support/simulated.js';
import { fillSimulatedStore } from '../../support/simulated-store.js';
import { smallPlan } from '../../support/small-plan.js';

const folder = scratchFolder('dashboard-control-real');

function reading<T>(file: string, use: (reader: StoreReader) => T): T {
  const reader = StoreReader.open(file);
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

describe('a choice by hand', () => {
  const file = path.join(folder, 'choice.sqlite');
  const { searchId } = fillSimulatedStore(file);
  const control = (id: number, command: SearchCommand) => controlStore(file, id, command);
  const evidence = (rule?: string) =>
    reading(file, (reader) => readSearchEvidence(reader, reader.searches()[0]!, rule));
  const exported = async () => JSON.parse(coefficientsDownload(file, searchId, '1.2.3')!.content);

  it('is what select and export show, as such, until it is taken back; a named rule is not overruled', async () => {
    const ruled = evidence().selection.choice!;
    const other = evidence().selection.rejected.at(-1)!.networkId;
    expect(ruled.rule).toBe(defaultRule);
    const { message } = await control(searchId, { command: 'choose', networkId: other, note: 'it is faster here' });
    expect(message).toBe(`${other} is chosen by hand`);

    const { selection, candidates } = evidence();
    const { points } = candidates.find(({ networkId }) => networkId === other)!;
    expect(selection.choice).toMatchObject({ networkId: other, rule: 'by-hand' });
    expect(selection.choice!.reason).toMatch(/^chosen by hand on \d{4}-\d\d-\d\d: it is faster here$/);
    expect(points.map(({ alpha }) => alpha)).toContain(selection.choice!.coefficients.alpha);
    const record = await exported();
    expect(record).toMatchObject({ version: '1.2.3', choice: { rule: 'by-hand' } });
    expect(record.chosen).toEqual(selection.choice!.coefficients);
    expect(record).toEqual(JSON.parse(JSON.stringify(coefficientsExport(evidence(), '1.2.3'))));
    expect(evidence(defaultRule).selection.choice).toEqual(ruled);
    // What is known does not depend on what is chosen.
    expect(evidence().selection.tieSet).toEqual(evidence(defaultRule).selection.tieSet);

    await control(searchId, { command: 'choose', networkId: null, note: '' });
    expect(evidence().selection.choice).toEqual(ruled);
    expect((await exported()).choice.rule).toBe(defaultRule);
    const kinds = reading(file, (reader) =>
      reader.latestEvents(searchId, 10).map(({ kind, detail }) => [kind, detail]),
    );
    expect(kinds.slice(0, 2)).toEqual([
      ['chosen-by-hand', 'taken back'],
      ['chosen-by-hand', `${other}: it is faster here`],
    ]);
  });

  it('is refused for what is no candidate with a result', async () => {
    const baseline = reading(file, (reader) => reader.plan(searchId)).points.find(({ role }) => role === 'depth')!;
    for (const networkId of ['nothing', baseline.networkId])
      await expect(control(searchId, { command: 'choose', networkId, note: '' })).rejects.toThrow(
        `choice: expected a searched network with a finished trial, got "${networkId}"`,
      );
    expect(reading(file, (reader) => reader.handChoice(searchId))).toBeNull();
  });

  it('of what runs needs somebody who runs it', async () => {
    await expect(control(searchId, { command: 'pause' })).rejects.toThrow(/no search is running on /);
  });
});

describe('a running search, through the dashboard', () => {
  it('pauses, says why nothing runs, resumes and stops', async () => {
    const storeFile = path.join(folder, 'running.sqlite');
    const done = runSearch({
      plan: smallPlan({ depths: 4, replicates: 3 }),
      simulation: simulation({ epochMs: 150 }),
      storeFile,
      workers: 1,
      cacheFolder: folder,
    });
    const server = await startServer({
      store: storeFile,
      pageFolder: emptyPage(folder),
      control: (id, command) => controlStore(storeFile, id, command),
    });
    const send = async (command: SearchCommand) => {
      const response = await fetch(`${server.url}api/searches/1/control`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(command),
      });
      return { status: response.status, ...((await response.json()) as { message: string }) };
    };
    const state = async () => (await (await fetch(`${server.url}api/searches/1/state`)).json()) as StateView;
    const until = async (holds: (view: StateView) => boolean) => {
      const deadline = performance.now() + 30_000;
      for (;;) {
        const view = await state();
        // The search may not be in its store yet.
        if (view.trials && holds(view)) return view;
        if (performance.now() > deadline) throw new Error(`not so in time: ${holds}`);
        await sleep(50);
      }
    };
    const running = (view: StateView) => view.trials.filter((trial) => trial.state === 'running').length;

    await until((view) => running(view) > 0);
    expect(await send({ command: 'pause' })).toEqual({
      status: 200,
      message: 'paused: no further trial starts',
      count: null,
    });
    const paused = await until((view) => running(view) === 0 && view.standstill !== null);
    expect(paused.standstill).toMatchObject({ limit: 'pause', detail: 'as asked' });
    expect(await send({ command: 'resume' })).toMatchObject({ status: 200, message: 'resumed' });
    await until((view) => running(view) > 0 && view.standstill === null);
    expect(await send({ command: 'stop' })).toMatchObject({ status: 200 });
    expect((await done).state).toBe('stopped');
    expect((await until((view) => view.state === 'stopped')).standstill).toMatchObject({ limit: 'coordinator' });
    await server.close();
  });
});
