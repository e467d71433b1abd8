import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TrialResult } from '../../../../workers/executors/contract.js';
import { LocalPool } from '../../../../workers/executors/local/pool.js';
import { runSimulated } from '../../../../workers/trial/simulated.js';
import { gate } from '../../../support/gate.js';
import { simulatedJob } from '../../../support/jobs.js';
import { executorConformance } from '../conformance.js';

executorConformance('the local pool', async (slots) => new LocalPool({ slots, run: runSimulated }));

describe('the local pool', () => {
  it.each([0, -1, 1.5, Number.NaN])('refuses %d slots', (slots) => {
    expect(() => new LocalPool({ slots, run: runSimulated })).toThrow(`slots: expected an integer ≥ 1, got ${slots}`);
  });

  it('is started once', async () => {
    const pool = new LocalPool({ slots: 1, run: runSimulated });
    const handlers = { onResult: async () => {}, onEvent: () => {} };
    await pool.start(handlers);
    await expect(pool.start(handlers)).rejects.toThrow('started before');
  });

  it('takes a runner that throws as a crash of that trial alone', async () => {
    const results: TrialResult[] = [];
    const pool = new LocalPool({
      slots: 1,
      run: (job, options) => (job.trialId === 'bad' ? Promise.reject(new Error('boom')) : runSimulated(job, options)),
    });
    await pool.start({ onResult: async (result) => void results.push(result), onEvent: () => {} });
    await pool.submit([simulatedJob('bad'), simulatedJob('good')]);
    while ((await pool.held()).size > 0) await sleep(5);
    expect(results.map(({ outcome }) => outcome)).toMatchObject([
      { state: 'crashed', message: 'boom' },
      { state: 'completed' },
    ]);
    await pool.close('now');
  });

  it('starts trials in the order in which they were submitted', async () => {
    const order: string[] = [];
    const pool = new LocalPool({ slots: 1, run: runSimulated });
    await pool.start({ onResult: async ({ trialId }) => void order.push(trialId), onEvent: () => {} });
    const ids = Array.from({ length: 20 }, (_, i) => `t${i}`);
    await pool.submit(ids.map((id) => simulatedJob(id)));
    while ((await pool.held()).size > 0) await sleep(5);
    expect(order).toEqual(ids);
    await pool.close('drain');
  });

  it('reports a trial that completed while it was being cancelled as completed', async () => {
    const results: TrialResult[] = [];
    const pool = new LocalPool({
      slots: 1,
      run: (job) => runSimulated(job, { onEvent: () => {}, signal: new AbortController().signal }),
    });
    await pool.start({ onResult: async (result) => void results.push(result), onEvent: () => {} });
    await pool.submit([simulatedJob('a', { epochMs: 20 })]);
    await sleep(5);
    await pool.cancel();
    await pool.close('drain');
    expect(results.map(({ outcome }) => outcome.state)).toEqual(['completed']);
  });

  it('starts no further trial while hundreds of results wait to be stored', async () => {
    const stored = gate();
    let reported = 0;
    const pool = new LocalPool({ slots: 2, run: runSimulated });
    await pool.start({
      onResult: () => {
        reported++;
        return stored.opened;
      },
      onEvent: () => {},
    });
    await pool.submit(Array.from({ length: 3000 }, (_, i) => simulatedJob(`t${i}`)));
    await sleep(500);
    expect(reported).toBeGreaterThan(100);
    expect(reported).toBeLessThan(1000);
    stored.open();
    while ((await pool.held()).size > 0) await sleep(5);
    expect(reported).toBe(3000);
    await pool.close('now');
  });
});
