import { childSeed, Random } from '../../../search/base/random.js';
import type { Candidate, TrialRecord } from '../../../search/evidence/candidate.js';
import { type SelectOptions, select } from '../../../search/evidence/select.js';
import { sharesOf } from '../../../search/evidence/shares.js';
import { parseExperiment } from '../../../search/plan/experiment.js';
import { enumerateGrid } from '../../../search/plan/grid.js';
import { multipliers, nominalProduct } from '../../../search/scaling/coefficients.js';
import { type Replication, replicate } from '../../../search/strategy/replication.js';

/** How the true accuracies of the candidates of a planted search are drawn; each has the spread that is asked for. */
export type Truth = 'independent' | 'uniform' | 'heavy-tailed' | 'smooth' | 'mixed';

export interface PlantedSearch {
  readonly candidates: number;
  /** Standard deviations, in points of accuracy. */
  readonly spread: number;
  readonly noise: number;
  /** Seeds after the screening. */
  readonly budget: number;
  readonly truth: Truth;
}

export interface PlantedResult {
  readonly trials: number;
  readonly tieSet: number;
  readonly holdsBest: boolean;
  /** By rule of the choice: whether it is the best, and what it loses against the best in points. */
  readonly choice: Readonly<Record<string, { readonly isBest: boolean; readonly loss: number }>>;
  readonly stopped: string | null;
}

/** Rules of the choice that are compared; `smallest of all tied` is fewest activations whatever the accuracy. */
const rules: Readonly<Record<string, Partial<SelectOptions>>> = {
  default: {},
  'highest-mean': { rule: 'highest-mean' },
  'smallest of all tied': { rule: 'fewest-activations', negligiblePerNoise: Number.POSITIVE_INFINITY },
};

/** Runs one search whose truth is known: screens, replicates until the policy stops, selects. */
export function runPlanted(search: PlantedSearch, seed: number): PlantedResult {
  const random = (name: string) => new Random(childSeed(seed, name));
  const points = somePoints(search.candidates);
  const truth = drawTruth(search, points, random('truth'));
  const costs = random('costs');
  const noise = truth.map((_, i) => random(`noise ${i}`));
  let candidates = points.map((point, i): Candidate => {
    const networkId = `n${i}`;
    const activations = 1e6 * (1 + costs.uniform());
    return {
      networkId,
      cost: { macs: 1e6 * (1 + costs.uniform()), params: 1, activations },
      multipliers: multipliers({ ...point, phi: 1 }),
      peakBytes: 1,
      points: [{ ...point, phi: 1, role: 'grid', nominal: nominalProduct(point), realised: 2, networkId }],
      trials: [],
    };
  });
  const policy = { screening: 1, budget: search.budget, validationImages: null };
  const train = (networkId: string, replicate: number): TrialRecord => {
    const i = Number(networkId.slice(1));
    const accuracy = 0.7 + ((truth[i] as number) + search.noise * (noise[i] as Random).normal()) / 100;
    return { networkId, replicate, state: 'completed', accuracy, curve: [] };
  };
  candidates = candidates.map((each) => ({ ...each, trials: [train(each.networkId, 0)] }));
  let rounds: Replication['rounds'] = [];
  for (;;) {
    const { open, stopped, ...so } = replicate(candidates, policy, rounds);
    rounds = so.rounds;
    if (open.length === 0) return judge(candidates, truth, stopped);
    for (const { networkId, replicate: number } of open) {
      const i = Number(networkId.slice(1));
      const each = candidates[i] as Candidate;
      candidates[i] = { ...each, trials: [...each.trials, train(networkId, number)] };
    }
  }
}

function judge(candidates: readonly Candidate[], truth: readonly number[], stopped: string | null): PlantedResult {
  const best = truth.indexOf(Math.max(...truth));
  let tied: readonly string[] = [];
  const choice = Object.fromEntries(
    Object.entries(rules).map(([name, options]) => {
      const selection = select(candidates, { targetMacs: 1.5e6, product: 2, ...options });
      tied = selection.tieSet;
      const i = Number(selection.choice?.networkId.slice(1));
      return [name, { isBest: i === best, loss: (truth[best] as number) - (truth[i] as number) }];
    }),
  );
  const trials = candidates.reduce((sum, candidate) => sum + candidate.trials.length, 0);
  return { trials, tieSet: tied.length, holdsBest: tied.includes(`n${best}`), choice, stopped };
}

type Point = { readonly alpha: number; readonly beta: number; readonly gamma: number };

/** Points of the paper's grid, spread over it. */
function somePoints(count: number): Point[] {
  const { grid } = parseExperiment({ name: 'planted', question: '?', baseline: 'b', data: { source: 'shapes' } });
  const all = enumerateGrid(grid);
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as Point);
}

function drawTruth({ truth, spread }: PlantedSearch, points: readonly Point[], random: Random): number[] {
  const independent = points.map(() => random.normal());
  switch (truth) {
    case 'independent':
      return independent.map((z) => spread * z);
    case 'uniform':
      return points.map(() => spread * Math.sqrt(12) * (random.uniform() - 0.5));
    case 'heavy-tailed':
      // Student's t with 4 degrees of freedom has variance 2.
      return independent.map((z) => {
        const squares = [1, 2, 3, 4].reduce((sum) => sum + random.normal() ** 2, 0);
        return ((spread / Math.SQRT2) * z) / Math.sqrt(squares / 4);
      });
    case 'smooth':
      return bowl(points, random).map((x) => spread * x);
    case 'mixed': {
      const smooth = bowl(points, random);
      return independent.map((z, i) => spread * Math.SQRT1_2 * (z + (smooth[i] as number)));
    }
  }
}

/** A quadratic bowl in the shares with its optimum anywhere on the simplex, scaled to standard deviation 1 over the points. */
function bowl(points: readonly Point[], random: Random): number[] {
  const weights = [0, 1, 2].map(() => -Math.log(1 - random.uniform()));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const [depth = 0, width = 0] = weights.map((weight) => weight / total);
  const [a, b, c] = [0.5 + random.uniform(), 0.5 + random.uniform(), random.uniform() - 0.5];
  const heights = points.map((point) => {
    const shares = sharesOf(multipliers({ ...point, phi: 1 }));
    const [d, w] = [shares.depth - depth, shares.width - width];
    return -(a * d * d + b * w * w + c * d * w);
  });
  const mean = heights.reduce((sum, x) => sum + x, 0) / heights.length;
  const sd = Math.sqrt(heights.reduce((sum, x) => sum + (x - mean) ** 2, 0) / heights.length);
  return heights.map((x) => (x - mean) / sd);
}
