import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import type { Candidate, TrialRecord } from '../../../search/evidence/candidate.js';
import { replicate } from '../../../search/strategy/replication.js';
import { candidate } from '../evidence/candidates.js';
import { type PlantedResult, runPlanted } from '../evidence/planted.js';

const policy = { screening: 1, budget: 20, validationImages: null };

/** Twelve networks, 0.5 points apart, each with its results drawn beforehand. */
function twelve(noise: number): { screened: Candidate[]; result: (networkId: string, replicate: number) => number } {
  const random = new Random(3);
  const drawn = Array.from({ length: 12 }, (_, i) =>
    Array.from({ length: 30 }, () => 0.8 - 0.005 * i + noise * random.normal()),
  );
  const result = (networkId: string, n: number) => drawn[Number(networkId)]?.[n] as number;
  const screened = drawn.map((_, i) => candidate({ id: String(i), accuracies: [result(String(i), 0)] }));
  return { screened, result };
}

function add(candidates: readonly Candidate[], records: readonly TrialRecord[]): Candidate[] {
  return candidates.map((each) => {
    const own = records.filter(({ networkId }) => networkId === each.networkId);
    return { ...each, trials: [...each.trials, ...own].sort((a, b) => a.replicate - b.replicate) };
  });
}

describe('replication', () => {
  it('waits for the screening, then asks for a second seed of the highest means', () => {
    const { screened, result } = twelve(0.002);
    const [first, ...rest] = screened;
    const waiting = [{ ...(first as Candidate), trials: [] }, ...rest];
    expect(replicate(waiting, policy)).toEqual({ rounds: [], open: [], stopped: null });
    const { open } = replicate(screened, policy);
    const highest = screened.map(({ networkId }) => networkId).sort((a, b) => result(b, 0) - result(a, 0));
    expect(open).toEqual(highest.slice(0, 10).map((networkId) => ({ networkId, replicate: 1 })));
  });

  it('asks for the same seeds in whatever order the results of a round come, and for none twice', () => {
    const { screened, result } = twelve(0.004);
    const random = new Random(1);
    const asked = [1, 2].map(() => {
      let candidates = screened;
      const seeds: string[] = [];
      for (;;) {
        const { open, rounds, stopped } = replicate(candidates, policy);
        if (stopped) {
          expect(rounds.flatMap((round) => round.asked)).toHaveLength(seeds.length);
          return seeds.sort();
        }
        const [next] = random.shuffle([...open]) as unknown as [(typeof open)[number]];
        seeds.push(`${next.networkId}/${next.replicate}`);
        const accuracy = result(next.networkId, next.replicate);
        candidates = add(candidates, [{ ...next, state: 'completed', accuracy, curve: [] }]);
      }
    });
    expect(asked[0]).toEqual(asked[1]);
    expect(new Set(asked[0]).size).toBe(asked[0]?.length);
    expect(asked[0]?.length).toBeLessThanOrEqual(policy.budget);
  });

  it('stops when one candidate is left', () => {
    const { screened, result } = twelve(1e-5);
    const { open } = replicate(screened, policy);
    const records = open.map((trial): TrialRecord => {
      return { ...trial, state: 'completed', accuracy: result(trial.networkId, trial.replicate), curve: [] };
    });
    expect(replicate(add(screened, records), policy)).toMatchObject({ open: [], stopped: 'one candidate is left' });
  });

  it('stops when the tie set has stopped shrinking, before the budget is spent', () => {
    const equal = Array.from({ length: 12 }, (_, i) => candidate({ id: String(i), accuracies: [0.8] }));
    const random = new Random(5);
    let candidates = equal;
    for (;;) {
      const { open, stopped, rounds } = replicate(candidates, { ...policy, budget: 400 });
      if (stopped) {
        expect(stopped).toMatch(/^the tie set has stopped shrinking at \d+$/);
        expect(rounds.flatMap(({ asked }) => asked).length).toBeLessThan(400);
        return;
      }
      const records = open.map((trial): TrialRecord => {
        return { ...trial, state: 'completed', accuracy: 0.8 + 0.004 * random.normal(), curve: [] };
      });
      candidates = add(candidates, records);
    }
  });

  it('spends a seed that failed, and gives its network no other', () => {
    const { screened, result } = twelve(0.004);
    const failing = replicate(screened, policy).open[0]?.networkId as string;
    let candidates = screened;
    for (;;) {
      const { open, stopped, rounds } = replicate(candidates, policy);
      if (stopped) {
        const asked = rounds.flatMap((round) => round.asked);
        expect(asked.filter(({ networkId }) => networkId === failing)).toHaveLength(1);
        return;
      }
      const records = open.map((trial): TrialRecord => {
        if (trial.networkId === failing) return { ...trial, state: 'failed', what: 'diverged at epoch 1' };
        return { ...trial, state: 'completed', accuracy: result(trial.networkId, trial.replicate), curve: [] };
      });
      candidates = add(candidates, records);
    }
  });
});

/**
 * True spread 0.5 points, seed noise 0.4, 65 candidates, at most 97 trials. The figures are asked of 2,000 searches, which `npm run
 * bench:evidence` runs; of `runs` searches a policy that meets them exactly falls short of a bound below in one of a hundred.
 */
describe('a planted search', () => {
  const runs = 40;
  let results: PlantedResult[] = [];
  beforeAll(() => {
    const search = { candidates: 65, spread: 0.5, noise: 0.4, budget: 32, truth: 'independent' } as const;
    results = Array.from({ length: runs }, (_, i) => runPlanted(search, 10_000 + i));
  }, 300_000);
  const mean = (pick: (result: PlantedResult) => number) =>
    results.reduce((sum, result) => sum + pick(result), 0) / runs;
  const sd = (pick: (result: PlantedResult) => number) => Math.sqrt(mean((result) => (pick(result) - mean(pick)) ** 2));
  /** One-sided 99 % margins: binomial for a share p, normal for a mean. */
  const shareMargin = (p: number) => 2.33 * Math.sqrt((p * (1 - p)) / runs);
  const meanMargin = (pick: (result: PlantedResult) => number) => (2.33 * sd(pick)) / Math.sqrt(runs);

  it('spends at most 97 trials', () => {
    expect(Math.max(...results.map(({ trials }) => trials))).toBeLessThanOrEqual(97);
  });

  it('holds the best in the tie set in 93 %, with a mean size of at most 10', () => {
    expect(mean(({ holdsBest }) => Number(holdsBest))).toBeGreaterThan(0.93 - shareMargin(0.93));
    expect(mean(({ tieSet }) => tieSet)).toBeLessThan(10 + meanMargin(({ tieSet }) => tieSet));
  });

  it('chooses the best in 60 % and loses 0.08 points at most, by the default rule', () => {
    const chosen = (result: PlantedResult) => result.choice.default as { isBest: boolean; loss: number };
    expect(mean((result) => Number(chosen(result).isBest))).toBeGreaterThan(0.6 - shareMargin(0.6));
    expect(mean((result) => chosen(result).loss)).toBeLessThan(0.08 + meanMargin((result) => chosen(result).loss));
  });
});
