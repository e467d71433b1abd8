import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Executor, ExecutorHandlers, TrialEvent, TrialResult } from '../../../workers/executors/contract.js';
import { gate } from '../../support/gate.js';
import { simulatedJob } from '../../support/jobs.js';

/** Makes an executor, not yet started, that runs so many trials side by side. Whatever else it needs is ended with `Executor.close`. */
export type MakeExecutor = (slots: number) => Promise<Executor>;

/** What every executor must do. The local pool and BullMQ are both held to it. */
export function executorConformance(name: string, make: MakeExecutor): void {
  describe(`${name} as an executor`, () => {
    let closing: Executor[] = [];
    afterEach(async () => {
      await Promise.all(closing.map((executor) => executor.close('now')));
      closing = [];
    });

    /** A started executor and what it has said so far. */
    async function started(slots: number, handlers: Partial<ExecutorHandlers> = {}) {
      const executor = await make(slots);
      closing.push(executor);
      const results: TrialResult[] = [];
      const events: TrialEvent[] = [];
      await executor.start({
        onResult: async (result) => {
          results.push(result);
        },
        onEvent: (event) => {
          events.push(event);
        },
        ...handlers,
      });
      return { executor, results, events };
    }
    const slow = { epochMs: 60_000 };
    const ids = (n: number, prefix = 't') => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
    const states = (results: readonly TrialResult[]) =>
      results.map(({ trialId, outcome }) => `${trialId} ${outcome.state}`).sort();
    const begun = (events: readonly TrialEvent[]) =>
      events.filter(({ type }) => type === 'started').map(({ trialId }) => trialId);

    it('refuses jobs before it is started and after it is closed', async () => {
      const executor = await make(1);
      closing.push(executor);
      await expect(executor.submit([simulatedJob('t')])).rejects.toThrow();
      await executor.start({ onResult: async () => {}, onEvent: () => {} });
      await executor.close('drain');
      await expect(executor.submit([simulatedJob('t')])).rejects.toThrow();
    });

    it('reports every trial once, with its attempt and its token, and then holds nothing', async () => {
      const { executor, results } = await started(3);
      await executor.submit(ids(50).map((id) => simulatedJob(id, {}, { attempt: 2 })));
      await until(() => results.length === 50);
      await untilIdle(executor);
      expect(states(results)).toEqual(
        states(ids(50).map((id) => ({ trialId: id, outcome: { state: 'completed' } }) as TrialResult)),
      );
      for (const { trialId, attempt, token } of results)
        expect({ attempt, token }).toEqual({ attempt: 2, token: `token of ${trialId}` });
    });

    it('gives the same result wherever the trial runs', async () => {
      const accuracies = [];
      for (const slots of [1, 4]) {
        const { executor, results } = await started(slots);
        await executor.submit(ids(8).map((id, seed) => simulatedJob(id, { seedNoise: 0.01 }, { seed })));
        await until(() => results.length === 8);
        accuracies.push(
          Object.fromEntries(
            results.map(({ trialId, outcome }) => [
              trialId,
              (outcome as { validationAccuracy: number }).validationAccuracy,
            ]),
          ),
        );
      }
      expect(accuracies[0]).toEqual(accuracies[1]);
      expect(new Set(Object.values(accuracies[0]!)).size).toBe(8);
    });

    it('tells of each trial: started, its epochs in order, and last the result', async () => {
      const said: string[] = [];
      const { executor, results } = await started(2, {
        onEvent: (event) => {
          said.push(`${event.trialId} ${event.type}${event.type === 'epoch' ? event.metrics.epoch : ''}`);
        },
        onResult: async ({ trialId }) => {
          said.push(`${trialId} result`);
        },
      });
      expect(results).toEqual([]);
      await executor.submit([simulatedJob('a', { epochMs: 5 }), simulatedJob('b', { epochMs: 5 })]);
      await until(() => said.filter((line) => line.endsWith('result')).length === 2);
      for (const id of ['a', 'b']) {
        expect(said.filter((line) => line.startsWith(id))).toEqual([
          `${id} started`,
          `${id} epoch1`,
          `${id} epoch2`,
          `${id} result`,
        ]);
      }
    });

    it('ignores a job that it already holds', async () => {
      const { executor, results } = await started(1);
      await executor.submit([simulatedJob('a', { epochMs: 50 }), simulatedJob('b'), simulatedJob('b')]);
      await executor.submit([simulatedJob('a', { epochMs: 50 }), simulatedJob('b')]);
      await until(() => results.length >= 2);
      await untilIdle(executor);
      expect(states(results)).toEqual(['a completed', 'b completed']);
    });

    it('runs no more trials side by side than it has slots', async () => {
      const { executor, events } = await started(2);
      await executor.submit(ids(5).map((id) => simulatedJob(id, slow)));
      await until(() => begun(events).length === 2);
      await sleep(100);
      expect(begun(events)).toHaveLength(2);
      expect(await executor.held()).toEqual(new Set(ids(5)));
    });

    it('holds a trial until its result is stored', async () => {
      const stored = gate();
      const { executor } = await started(1, { onResult: () => stored.opened });
      await executor.submit([simulatedJob('a')]);
      await sleep(100);
      expect(await executor.held()).toEqual(new Set(['a']));
      stored.open();
      await untilIdle(executor);
    });

    it('pause: nothing new starts, what runs goes on; resume: the rest', async () => {
      const { executor, results, events } = await started(1);
      await executor.submit([simulatedJob('a', { epochMs: 100 }), simulatedJob('b')]);
      await until(() => begun(events).length === 1);
      await executor.pause();
      await executor.submit([simulatedJob('c')]);
      await until(() => results.length === 1);
      await sleep(100);
      expect(begun(events)).toEqual(['a']);
      expect(await executor.held()).toEqual(new Set(['b', 'c']));
      await executor.resume();
      await until(() => results.length === 3);
      expect(states(results)).toEqual(['a completed', 'b completed', 'c completed']);
    });

    it('cancel: the named ones, waiting or running, report so within 10 s; the others go on', async () => {
      const { executor, results, events } = await started(1);
      await executor.submit([simulatedJob('running', slow), simulatedJob('waiting', slow), simulatedJob('other')]);
      await until(() => begun(events).length === 1);
      await executor.cancel(['running', 'waiting', 'nobody']);
      await until(() => results.length === 3, 10_000);
      expect(states(results)).toEqual(['other completed', 'running cancelled', 'waiting cancelled']);
    });

    it('cancel without names: all of them', async () => {
      const { executor, results, events } = await started(2);
      await executor.submit(ids(6).map((id) => simulatedJob(id, slow)));
      await until(() => begun(events).length === 2);
      await executor.cancel();
      await until(() => results.length === 6, 10_000);
      await untilIdle(executor);
      expect(results.every(({ outcome }) => outcome.state === 'cancelled')).toBe(true);
    });

    it('close drain: what runs is reported, what waits is let go', async () => {
      const { executor, results, events } = await started(1);
      await executor.submit([simulatedJob('a', { epochMs: 100 }), simulatedJob('b')]);
      await until(() => begun(events).length === 1);
      await executor.close('drain');
      expect(states(results)).toEqual(['a completed']);
    });

    it('close now: nothing is reported any more, and it takes less than 10 s', async () => {
      const { executor, results, events } = await started(1);
      await executor.submit([simulatedJob('a', slow), simulatedJob('b', slow)]);
      await until(() => begun(events).length === 1);
      const before = performance.now();
      await executor.close('now');
      expect(performance.now() - before).toBeLessThan(10_000);
      await sleep(50);
      expect(results).toEqual([]);
      await executor.close('now');
    });

    it.each([
      ['crash', 'crashed'],
      ['lost', 'lost'],
      ['oom', 'oom'],
      ['diverge', 'diverged'],
    ])('%s of a trial is the outcome "%s", and the next trial runs', async (fault, state) => {
      const { executor, results } = await started(1);
      await executor.submit([simulatedJob('a', { faults: { [fault]: 1 } }), simulatedJob('b')]);
      await until(() => results.length === 2);
      expect(states(results)).toEqual([`a ${state}`, 'b completed']);
    });

    it('a trial that hangs ends at its time limit', async () => {
      const { executor, results } = await started(1);
      await executor.submit([simulatedJob('a', { faults: { hang: 1 } }, { timeLimitMs: 100 }), simulatedJob('b')]);
      await until(() => results.length === 2);
      expect(states(results)).toEqual(['a timeout', 'b completed']);
    });
  });
}

/** Waits until it holds; fails after `limitMs`. */
async function until(holds: () => boolean, limitMs = 30_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not so within ${limitMs} ms: ${holds}`);
    await sleep(5);
  }
}

async function untilIdle(executor: Executor): Promise<void> {
  const deadline = performance.now() + 30_000;
  while ((await executor.held()).size > 0) {
    if (performance.now() > deadline) throw new Error('the executor still holds trials');
    await sleep(5);
  }
}
