import { describe, expect, it } from 'vitest';
import { InputError } from '../../../search/base/errors.js';
import { candidatesOf } from '../../../search/evidence/candidate.js';
import { estimates } from '../../../search/evidence/estimate.js';
import { fitSurface } from '../../../search/evidence/surface.js';
import { whatIf } from '../../../search/evidence/what-if.js';
import { realisedMultipliers } from '../../../search/scaling/realised-multipliers.js';
import { expectedAccuracy } from '../../../search/simulation/model.js';
import { simulationSchema } from '../../../search/simulation/simulation.js';
import { paperPlan } from './grid.js';

const plan = paperPlan();
const spec = simulationSchema.parse({ curvature: 0.05 });
const targetMacs = 2 * plan.baselineCost.macs;
const truth = (network: (typeof plan)['baseline'], macs: number) =>
  expectedAccuracy(
    {
      spec,
      costRatio: macs / plan.baselineCost.macs,
      multipliers: realisedMultipliers(plan.baseline, network),
      params: 1,
      peakBytes: 1,
    },
    'n',
  );
const candidates = candidatesOf(
  plan,
  plan.networks.map(({ id, network, cost }) => {
    const accuracy = truth(network, cost.macs);
    return { networkId: id, replicate: 0, state: 'completed', accuracy, curve: [] };
  }),
);
const all = estimates(candidates, { sd: null, degreesOfFreedom: 0, basis: 'unknown' });
const surface = fitSurface(candidates, all, { targetMacs, product: 2, spread: null });
if (!surface) throw new Error('no surface');
const options = {
  targetMacs,
  rounding: 'efficientnet',
  resolutionMultiple: 1,
  memory: { batch: 32, optimizer: 'sgd', average: false, engine: 'wasm' },
} as const;

describe('what if', () => {
  it('meets a target in macs and predicts the accuracy of a network that was not trained', () => {
    const macs = 2.4 * plan.baselineCost.macs;
    const answer = whatIf({ macs }, plan.baseline, candidates, surface, options);
    expect(Math.abs(answer.member.cost.macs / macs - 1)).toBeLessThan(0.06);
    expect(answer.isExtrapolated).toBe(false);
    expect(Math.abs(answer.accuracy - truth(answer.member.network, answer.member.cost.macs))).toBeLessThan(0.002);
  });

  it('stays within a memory, as near as rounding allows', () => {
    const memoryBytes = 6e9;
    const { member, coefficients } = whatIf({ memoryBytes }, plan.baseline, candidates, surface, options);
    expect(member.peakBytes).toBeLessThanOrEqual(memoryBytes);
    expect(member.peakBytes).toBeGreaterThan(0.8 * memoryBytes);
    expect(coefficients.phi).toBe(member.phi);
  });

  it('says when it extrapolates', () => {
    const answer = whatIf({ macs: 20 * plan.baselineCost.macs }, plan.baseline, candidates, surface, options);
    expect(answer.isExtrapolated).toBe(true);
  });

  it('refuses a target that nothing meets', () => {
    expect(() => whatIf({ memoryBytes: 1 }, plan.baseline, candidates, surface, options)).toThrow(InputError);
  });
});
