import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseExperiment } from '../../../search/plan/experiment.js';
import { makePlan, type Plan } from '../../../search/plan/plan.js';
import { problemOf, strategyOf } from '../../../search/strategy/compose.js';
import { strategies } from '../../../search/strategy/registry.js';
import {
  type Ending,
  type History,
  proposalKey,
  proposeAll,
  type Strategy,
  strategyType,
  type TrialReport,
} from '../../../search/strategy/strategy.js';
import { smallExperiment, smallPlan } from '../../support/small-plan.js';

/** Every strategy that can be named, with a plan for it. */
const plans: Readonly<Record<string, Plan>> = {
  grid: smallPlan({ depths: 4, replicates: 1, seedBudget: 4 }),
  random: planOf({ name: 'random', networks: 3 }),
};

function planOf(strategy: object): Plan {
  const spec = parseExperiment({ ...smallExperiment({ depths: 2, replicates: 1, seedBudget: 3 }), strategy });
  return makePlan(spec, spec.baseline as never);
}

interface Played {
  readonly history: History;
  /** What was proposed, in order. */
  readonly proposed: readonly string[];
  /** Histories at which the strategy was asked, with what it answered. */
  readonly asked: readonly { readonly history: History; readonly answer: string }[];
}

const none: History = { networks: [], points: [], trials: [], endings: [], curves: new Map(), validationImages: null };

/** Runs a search to its end: of the open trials the one that `pick` says ends next, and `fails` says how. */
function play(begin: () => Strategy, pick: (open: number) => number, fails: (trial: string) => boolean): Played {
  const strategy = begin();
  const asked: { history: History; answer: string }[] = [];
  const proposed: string[] = [];
  let history = none;
  for (let turn = 0; turn < 500; turn++) {
    const step = strategy.next(history);
    asked.push({ history, answer: JSON.stringify({ ...step, pauseAfter: [...(step.pauseAfter ?? [])] }) });
    if (step.state === 'done') return { history, proposed, asked };
    if (step.state === 'propose') {
      const own = step.trials.map((trial): TrialReport => ({ ...trial, id: proposalKey(trial), state: 'open' }));
      expect(own.some(({ id }) => proposed.includes(id))).toBe(false);
      proposed.push(...own.map(({ id }) => id));
      history = {
        ...history,
        networks: [...history.networks, ...(step.networks ?? [])],
        points: [...history.points, ...(step.points ?? [])],
        trials: [...history.trials, ...own],
      };
      continue;
    }
    const open = history.trials.filter(({ state }) => state === 'open');
    // A strategy that waits has something to wait for.
    expect(open.length).toBeGreaterThan(0);
    history = end(history, open[pick(open.length)] as TrialReport, fails);
  }
  throw new Error('the search does not end');
}

function end(history: History, { id, networkId, replicate }: TrialReport, fails: (trial: string) => boolean): History {
  const accuracy = 0.5 + (Number.parseInt(networkId.slice(0, 4), 16) % 100) / 1000 + replicate / 1e4;
  const outcome = fails(id)
    ? ({ state: 'failed', what: 'diverged' } as const)
    : ({ state: 'completed', accuracy } as const);
  const ending: Ending = fails(id) ? { trialId: id, state: 'failed' } : { trialId: id, state: 'completed', accuracy };
  return {
    ...history,
    validationImages: 1000,
    endings: [...history.endings, ending],
    trials: history.trials.map((trial) => (trial.id === id ? { networkId, replicate, id, ...outcome } : trial)),
  };
}

const first = () => 0;
const never = () => false;

describe.each(Object.keys(strategies))('the strategy %s', (name) => {
  const plan = plans[name] as Plan;
  const begin = () => strategyOf(plan);

  it('ends, and has trained every trial of its plan', () => {
    const { history, proposed } = play(begin, first, never);
    expect(history.trials.every(({ state }) => state === 'completed')).toBe(true);
    for (const trial of plan.trials) expect(proposed).toContain(proposalKey(trial));
    expect(new Set(proposed).size).toBe(proposed.length);
  });

  it('made anew at any moment, it answers as the one that was there from the beginning', () => {
    for (const { history, answer } of play(begin, first, never).asked) {
      const step = begin().next(history);
      expect(JSON.stringify({ ...step, pauseAfter: [...(step.pauseAfter ?? [])] })).toBe(answer);
    }
  });

  it('proposes the same in whatever order the results come', () => {
    const { proposed } = play(begin, first, never);
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (draws) => {
        let at = 0;
        const other = play(begin, (open) => (draws[at++ % draws.length] as number) % open, never);
        expect(other.proposed.toSorted()).toEqual(proposed.toSorted());
      }),
      { numRuns: 15, seed: 1 },
    );
  });

  it('comes to its end whichever trials fail, and asks for none of them again', () => {
    fc.assert(
      fc.property(fc.nat(255), (mask) => {
        const fails = (trial: string) => ((mask >> (Number.parseInt(trial.slice(0, 2), 16) % 8)) & 1) === 1;
        const { history, proposed } = play(begin, first, fails);
        expect(history.trials.some(({ state }) => state === 'open')).toBe(false);
        expect(new Set(proposed).size).toBe(proposed.length);
      }),
      { numRuns: 15, seed: 2 },
    );
  });
});

describe('a strategy of one’s own', () => {
  it('is one file and one line of a registry', () => {
    /** Trains the first trial of the plan, then the others only if that one succeeded. */
    const careful = strategyType({
      settings: z.strictObject({ name: z.literal('careful') }),
      plansGrid: true,
      begin: ({ trials }) => ({
        next(history) {
          const step = proposeAll(trials.slice(0, 1), history);
          if (step.state !== 'done') return step;
          const succeeded = history.trials.some(({ state }) => state === 'completed');
          return succeeded ? proposeAll(trials, history) : step;
        },
      }),
    });
    const plan = smallPlan({ depths: 3, replicates: 1, seedBudget: 0 });
    const own = { ...plan, spec: { ...plan.spec, strategy: { name: 'careful' } as never } };
    const begin = () => strategyOf(own, { ...strategies, careful });
    expect(play(begin, first, never).proposed).toHaveLength(3);
    expect(play(begin, first, () => true).proposed).toHaveLength(1);
  });
});

describe('random search', () => {
  it('draws distinct networks within the limits, the same for the same seed', () => {
    const plan = plans.random as Plan;
    const draw = (seed: number) => {
      const settings = { name: 'random', networks: 3 } as const;
      const step = strategies.random.begin({ ...problemOf(plan), seed }, settings).next(none);
      return step.state === 'propose' ? step.networks?.map(({ id }) => id) : [];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(new Set(draw(1)).size).toBe(draw(1)?.length);
  });
});
