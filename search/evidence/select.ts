import { points } from '../base/format.js';
import type { Coefficients, Multipliers } from '../scaling/coefficients.js';
import { accuraciesOf, type Candidate, isBaselineAlone, isSearched, representative } from './candidate.js';
import {
  type Choice,
  choose,
  comparedBy,
  defaultRule,
  type HandChoice,
  handChoice,
  negligiblePerNoise,
} from './choice.js';
import { type Comparison, compareChoice } from './comparison.js';
import { type Corrected, equalCost } from './equal-cost.js';
import { type Estimate, estimates } from './estimate.js';
import { checkHealth, type HealthCheck } from './health/index.js';
import { fitMerit, meritStandings } from './merit.js';
import { type SeedNoise, seedNoise } from './noise.js';
import { type MeritOptimum, meritOptimum } from './optimum.js';
import { type FittedSpread, posterior } from './posterior.js';
import { fitSurface } from './surface.js';
import { type SurfaceSummary, summariseSurface } from './surface-summary.js';
import { type Rejection, tieSet } from './tie-set.js';

export interface SelectOptions {
  /** Macs at which candidates are compared: baseline macs · product^φ. */
  readonly targetMacs: number;
  /** Of the baseline, to say what networks cost of it. */
  readonly baselineMacs?: number;
  /** Target of α·β²·γ². */
  readonly product: number;
  /** A rule of `choiceRules`. */
  readonly rule?: string;
  /** What networks are compared by; default what the rule compares. */
  readonly compares?: 'merit' | 'accuracy';
  /** What somebody chose by hand; counts unless a rule is named. A network without a result is not chosen. */
  readonly byHand?: HandChoice | null;
  /** Images of the validation split: what the noise is assumed from while there are no replicates. */
  readonly validationImages?: number | null;
  /** How much estimated accuracy a smaller network is worth, in standard deviations between seeds; infinite for the smallest of the tie set. */
  readonly negligiblePerNoise?: number;
  /** How often the test split was read; never when absent. */
  readonly testReads?: number;
}

/** All that is known of one network. */
export interface NetworkEvidence extends Estimate {
  /** The mean shrunk towards what its neighbours and all candidates say, with its standard deviation; null for networks that were not searched. */
  readonly shrunken: { readonly mean: number; readonly sd: number } | null;
  /** Probability of being truly the best of the searched networks; null for others and while the seed noise is unknown. */
  readonly probabilityBest: number | null;
  /** What the network has in each dimension over the baseline, after rounding. */
  readonly multipliers: Multipliers;
  /** Macs over the baseline's; null where the search has no baseline. */
  readonly realised: number | null;
  /** Merit: accuracy at the target cost, with the half width of its 95 % interval; null while the seed noise is unknown. */
  readonly theta: { readonly mean: number; readonly halfWidth: number } | null;
  /** What is expected to be lost at equal cost by taking this network instead of the best; a share, null while the seed noise is unknown. */
  readonly expectedRegret: number | null;
  /** The mean corrected to the target cost, beside the raw one; null where cost does not vary, and for the baseline, which costs less by intent. */
  readonly atTargetCost: Corrected | null;
}

/** What the model of merit says of the search as a whole. */
export interface MeritSummary {
  /** λ, the worth of a doubling of macs, a share, with the half width of its 95 % interval. */
  readonly slope: { readonly mean: number; readonly halfWidth: number };
  /** Probability that it matters at all how compute is split. */
  readonly effect: number;
  readonly optimum: MeritOptimum | null;
}

/** What the evidence says so far: JSON, network ids; lists are best first. */
export interface Selection {
  /** Highest shrunken mean among the searched networks (highest mean while the noise is unknown); null before the first result. */
  readonly best: string | null;
  readonly tieSet: readonly string[];
  /** What the tie set and the choice compare: merit at equal cost, or accuracy as trained. */
  readonly compares: 'merit' | 'accuracy';
  /** The test that made the tie set, in words. */
  readonly test: string;
  readonly choice: (Choice & { readonly coefficients: Coefficients }) | null;
  /** Every searched network outside the tie set, with its reason. */
  readonly rejected: readonly Rejection[];
  /** Of every network with a result, also the baseline and the single-dimension series. */
  readonly estimates: readonly NetworkEvidence[];
  readonly noise: SeedNoise;
  /** How true accuracies differ, by the model behind the tie set; null while the seed noise is unknown. */
  readonly spread: FittedSpread | null;
  /** The joint model of merit; null while the seed noise is unknown. */
  readonly merit: MeritSummary | null;
  /** The choice against the baseline and the best of each single dimension. */
  readonly comparison: readonly Comparison[];
  /** The response surface over how compute is shared; null where too few networks have finished. */
  readonly surface: SurfaceSummary | null;
  readonly health: readonly HealthCheck[];
  /** The remedies of the health checks that did not pass, each after what was found; sentences. */
  readonly advice: readonly string[];
}

/** Chooses among the searched networks; the baseline and the single-dimension series are estimated but never chosen. */
export function select(candidates: readonly Candidate[], options: SelectOptions): Selection {
  const { targetMacs, product, rule = defaultRule, validationImages = null } = options;
  const perNoise = options.negligiblePerNoise ?? negligiblePerNoise;
  const noise = seedNoise(candidates, validationImages);
  const all = estimates(candidates, noise);
  const meanOf = new Map(all.map(({ networkId, mean }) => [networkId, mean]));
  const searched = candidates.filter(isSearched);
  const believed = posterior(searched, noise);
  const spread = believed?.spread ?? null;
  const shrunken = new Map(
    believed?.networkIds.map((id, i) => [id, { mean: believed.mean[i] as number, sd: believed.sd[i] as number }]),
  );
  const merit = fitMerit(candidates, noise, targetMacs);
  const standings = merit && meritStandings(merit);
  const theta = new Map(
    merit?.networkIds.map((id, i) => [
      id,
      { mean: merit.mean[i] as number, halfWidth: 1.96 * (merit.sd[i] as number) },
    ]),
  );
  const byMerit = (options.compares ?? comparedBy(rule)) === 'merit';
  const ties = tieSet(searched, byMerit ? standings : believed);
  const slope = equalCost(candidates, all, targetMacs, spread);
  const surface = fitSurface(candidates, all, { targetMacs, product, spread });

  const members = new Set(ties.members);
  const contenders = searched
    .filter(({ networkId }) => members.has(networkId))
    .map((candidate) => {
      const { networkId } = candidate;
      const expected = byMerit ? theta.get(networkId) : shrunken.get(networkId);
      return { candidate, accuracy: expected?.mean ?? (meanOf.get(networkId) as number) };
    });
  const context = {
    targetMacs,
    optimum: surface?.optimum.shares ?? null,
    negligible: spread === null ? 0 : perNoise * spread.noiseSd,
  };
  const hand =
    options.rule === undefined && options.byHand && meanOf.has(options.byHand.networkId) ? options.byHand : null;
  const choice = hand ? handChoice(hand) : choose(contenders, rule, context);
  const chosen = searched.find(({ networkId }) => networkId === choice?.networkId);
  const comparison = compareChoice(candidates, merit, choice?.networkId ?? null);
  const health = checkHealth({
    candidates,
    estimates: all,
    noise,
    // Of merit, where it is known: networks that differ only in what they cost have no effect to find.
    spread: merit && spread ? { ...spread, noiseSd: merit.spread.noiseSd, betweenSd: merit.spread.betweenSd } : spread,
    slope,
    surface,
    comparison,
    byMerit,
    tieSet: ties.members,
    chosen: choice?.networkId ?? null,
    testReads: options.testReads ?? 0,
  });
  const multipliersOf = new Map(candidates.map(({ networkId, multipliers }) => [networkId, multipliers]));
  const macsOf = new Map(candidates.map(({ networkId, cost }) => [networkId, cost.macs]));
  const baseMacs = options.baselineMacs ?? null;
  const baselines = new Set(candidates.filter(isBaselineAlone).map(({ networkId }) => networkId));
  return {
    best: choose(contenders, byMerit ? 'highest-merit' : 'highest-mean', context)?.networkId ?? null,
    tieSet: ties.members,
    compares: byMerit ? 'merit' : 'accuracy',
    test: ties.test,
    choice: choice && chosen ? { ...choice, coefficients: coefficientsOf(chosen) } : null,
    rejected: [...ties.rejected, ...withoutResult(searched)],
    estimates: all.map((estimate) => ({
      ...estimate,
      shrunken: shrunken.get(estimate.networkId) ?? null,
      probabilityBest: ties.probabilityBest.get(estimate.networkId) ?? null,
      multipliers: multipliersOf.get(estimate.networkId) as Multipliers,
      realised: baseMacs === null ? null : (macsOf.get(estimate.networkId) as number) / baseMacs,
      theta: theta.get(estimate.networkId) ?? null,
      expectedRegret: standings?.expectedRegret.get(estimate.networkId) ?? null,
      atTargetCost: (!baselines.has(estimate.networkId) && slope?.corrected.get(estimate.networkId)) || null,
    })),
    noise,
    spread,
    merit: merit && {
      slope: { mean: merit.slope.mean, halfWidth: 1.96 * merit.slope.sd },
      effect: merit.effect,
      optimum: meritOptimum(candidates, merit, product),
    },
    comparison,
    surface: surface && summariseSurface(surface),
    health,
    advice: [...noiseAdvice(noise), ...health.flatMap(adviceOf)],
  };
}

function coefficientsOf(candidate: Candidate): Coefficients {
  const { alpha, beta, gamma, phi } = representative(candidate);
  return { alpha, beta, gamma, phi };
}

function withoutResult(searched: readonly Candidate[]): Rejection[] {
  return searched
    .filter((candidate) => accuraciesOf(candidate).length === 0)
    .map(({ networkId, trials }) => {
      const what = trials.flatMap((trial) => (trial.state === 'completed' ? [] : [trial.what]));
      return { networkId, reason: `no finished trial${what.length > 0 ? `: ${what.join(', ')}` : ''}` };
    });
}

function noiseAdvice({ basis, sd }: SeedNoise): string[] {
  if (basis === 'unknown') return ['Seed noise unknown: train replicates before trusting the choice.'];
  if (basis === 'assumed') {
    return [
      `Seed noise unknown: ${points(sd ?? 0)} points are assumed from the number of validation images; train replicates to measure it.`,
    ];
  }
  return [];
}

function adviceOf({ verdict, finding, remedy }: HealthCheck): string[] {
  if (verdict === 'PASS' || remedy === null) return [];
  return [`${finding.charAt(0).toUpperCase()}${finding.slice(1)} ${remedy}`];
}
