import { describe, expect, it } from 'vitest';
import { resultOf, type TrialRunner } from '../../../../workers/executors/contract.js';
import { LocalPool } from '../../../../workers/executors/local/pool.js';
import { gpuRunners, oneEach } from '../../../../workers/executors/local/runner.js';
import { gpuMemory, ramPerSlot, slotMemory } from '../../../../workers/executors/local/slots.js';
import { simulatedJob } from '../../../support/jobs.js';
import { until } from '../../../support/until.js';

describe('trials on runners of their own, such as GPUs', () => {
  it('never have one in common, and use all of them', async () => {
    const busy = new Set<number>();
    const used = new Set<number>();
    const runners = [0, 1, 2].map(
      (gpu): TrialRunner =>
        async (job) => {
          expect(busy.has(gpu)).toBe(false);
          busy.add(gpu);
          used.add(gpu);
          await new Promise((resolve) => setTimeout(resolve, 5));
          busy.delete(gpu);
          if (job.trialId === 't4') throw new Error('boom');
          return resultOf(job, { state: 'cancelled' });
        },
    );
    const pool = new LocalPool({ slots: 3, run: oneEach(runners) });
    let ended = 0;
    await pool.start({ onResult: async () => void ended++, onEvent: () => {} });
    await pool.submit(Array.from({ length: 20 }, (_, i) => simulatedJob(`t${i}`)));
    await until(() => ended === 20);
    expect(used.size).toBe(3);
    await pool.close('drain');
  });

  it('are one runner for each GPU, or as many as there are slots', () => {
    expect(gpuRunners('/cache', ['0', '2'], 5)).toHaveLength(2);
    expect(gpuRunners('/cache', [], 5)).toHaveLength(5);
  });
});

describe('the memory of a slot', () => {
  it('is its share of the machine', async () => {
    expect(ramPerSlot(4)).toBe(Math.floor(ramPerSlot(1) / 4));
    expect(await slotMemory([], 2)).toBe(ramPerSlot(2));
  });

  it('of a GPU that is not there is told with the flag', async () => {
    await expect(gpuMemory(['97'])).rejects.toThrow(/^--gpus: expected NVIDIA GPUs that nvidia-smi knows, .* got 97 /);
  });
});
