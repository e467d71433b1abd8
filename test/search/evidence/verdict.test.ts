import { describe, expect, it } from 'vitest';
import { candidatesOf, isSearched, type TrialRecord } from '../../../search/evidence/candidate.js';
import { selectPlanned } from '../../../search/evidence/select-planned.js';
import { judgementsOf } from '../../../search/evidence/verdict.js';
import { smallPlan } from '../../support/small-plan.js';

const plan = smallPlan({ depths: 4, replicates: 3 });
const [first, second, third, last] = plan.networks.map(({ id }) => id) as [string, string, string, string];
const completed = (networkId: string, replicate: number, accuracy: number): TrialRecord => ({
  networkId,
  replicate,
  state: 'completed',
  accuracy,
  curve: [],
});
const trials = [
  ...[0.5, 0.51, 0.49].map((accuracy, i) => completed(first, i, accuracy)),
  ...[0.8, 0.81, 0.79].map((accuracy, i) => completed(second, i, accuracy)),
  ...[0.8, 0.79, 0.81].map((accuracy, i) => completed(third, i, accuracy)),
];

describe('the judgement of a network', () => {
  const { selection } = selectPlanned(plan, trials, { validationImages: 1000, rule: 'highest-mean' });
  const judge = judgementsOf(selection);

  it('names the choice with its reason, the tied and the rejected, and what has no result', () => {
    const chosen = selection.choice!.networkId;
    const tied = selection.tieSet.find((id) => id !== chosen)!;
    expect(new Set([chosen, tied])).toEqual(new Set([second, third]));
    expect(judge(chosen, true)).toMatchObject({ verdict: 'chosen', reason: selection.choice!.reason });
    expect(judge(tied, true)).toMatchObject({ verdict: 'tied', estimate: { n: 3 } });
    expect(judge(first, true)).toMatchObject({
      verdict: 'rejected',
      reason: selection.rejected.find(({ networkId }) => networkId === first)!.reason,
    });
    expect(judge(first, true).reason).not.toBe('');
    expect(judge(last, true)).toMatchObject({ verdict: 'open', estimate: null });
  });

  it('compares what is no candidate, and rejects it not', () => {
    expect(judge(first, false).verdict).toBe('compared');
  });

  it('is there for every network of the plan', () => {
    const verdicts = candidatesOf(plan, trials).map((each) => judge(each.networkId, isSearched(each)).verdict);
    expect(verdicts.toSorted()).toEqual(['chosen', 'open', 'rejected', 'tied']);
  });
});
