import { describe, expect, it } from 'vitest';
import { finalAccuracy } from '../../../search/simulation/model.js';
import type { TrialEvent, TrialJob } from '../../../workers/executors/contract.js';
import { runSimulated } from '../../../workers/trial/simulated.js';
import { simulatedJob } from '../../support/jobs.js';

async function run(job: TrialJob, signal = new AbortController().signal) {
  const events: TrialEvent[] = [];
  const { outcome } = await runSimulated(job, { onEvent: (event) => events.push(event), signal });
  return { outcome, events };
}

describe('a simulated trial', () => {
  it('ends with the accuracy of the model, and says that it is simulated', async () => {
    const job = simulatedJob('t', { seedNoise: 0.01 }, { seed: 5, datasetDigest: 'd' });
    const { outcome, events } = await run(job);
    if (outcome.state !== 'completed' || !job.simulation) throw new Error(outcome.state);
    const { networkId, network, recipe, seed } = job;
    const expected = { networkId, seed, classes: network.classes, epochs: recipe.epochs };
    expect(outcome.validationAccuracy).toBe(finalAccuracy(job.simulation, expected));
    expect(outcome.provenance.engine).toBe('simulated');
    expect(outcome.datasetDigest).toBe('d');
    expect(outcome.trainableParams).toBe(job.simulation.params);
    expect(outcome.confusion.flat().reduce((sum, images) => sum + images, 0)).toBe(100 * network.classes);
    expect(events.map(({ type }) => type)).toEqual(['started', ...new Array(recipe.epochs).fill('epoch')]);
    expect(events.flatMap((event) => (event.type === 'epoch' ? [event.metrics] : []))).toEqual(outcome.epochs);
  });

  for (const [fault, state] of [
    ['crash', 'crashed'],
    ['lost', 'lost'],
    ['oom', 'oom'],
    ['diverge', 'diverged'],
  ] as const)
    it(`with a fault of the kind ${fault} ends as ${state}`, async () => {
      expect((await run(simulatedJob('t', { faults: { [fault]: 1 } }))).outcome.state).toBe(state);
    });

  it('that hangs ends at its time limit, or when it is cancelled', async () => {
    const hanging = { faults: { hang: 1 } };
    const { outcome } = await run(simulatedJob('t', hanging, { timeLimitMs: 50 }));
    expect(outcome.state).toBe('timeout');
    expect((await run(simulatedJob('t', hanging), AbortSignal.timeout(50))).outcome).toEqual({ state: 'cancelled' });
  });

  it('takes the time that it is told, and ends as timeout when that is too long', async () => {
    const begun = performance.now();
    const job = simulatedJob('t', { epochMs: 20 });
    await run(job);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(19 * job.recipe.epochs);
    expect((await run({ ...job, timeLimitMs: 30 })).outcome.state).toBe('timeout');
  });
});
