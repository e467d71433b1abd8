import { coefficientsGiven, type Spread, type Summary } from './hierarchy.js';

/** A value of the grid with its unnormalised posterior weight. */
interface Weighted {
  readonly ownSd: number;
  readonly surfaceSd: number;
  readonly logWeight: number;
}

const ownSteps = 16;
const noiseSteps = 13;
const surfaceScale = [0.03, 0.05, 0.1, 0.16, 0.3, 0.5, 0.9];

/**
 * Estimates the spread from the data (empirical Bayes). Priors: σ Jeffreys (1/σ), τ uniform (Gelman 2006, section 4.3), and s zero
 * with probability ½, otherwise log-uniform: neighbours are pooled only as far as the data ask for it.
 *
 * σ is taken at the mode of its marginal posterior, then τ and s at their posterior means given σ: the mode of τ may be zero where its
 * mean is not, and a spread of zero would claim to know that all candidates are equal.
 */
export function estimateSpread(summary: Summary): Spread {
  const total = Math.sqrt(totalVariance(summary));
  const measured = Math.sqrt(summary.within.squares / summary.within.degreesOfFreedom);
  const scale = Math.max(total, measured, 1e-9);
  const surfaces = summary.terms > 1 ? [0, ...surfaceScale.map((share) => share * scale)] : [0];

  const logStep = Math.log(3.6) / (noiseSteps - 1);
  const center = Math.max(measured, 1e-3 * scale);
  const noises = Array.from({ length: noiseSteps }, (_, i) => (center / 2.25) * Math.exp(i * logStep));
  const marginal = noises.map((noiseSd) => logSum(weigh(summary, noiseSd, scale, surfaces)) - Math.log(noiseSd));
  const noiseSd = (center / 2.25) * Math.exp(peak(marginal) * logStep);

  const weighted = weigh(summary, noiseSd, scale, surfaces);
  const most = Math.max(...weighted.map(({ logWeight }) => logWeight));
  let mass = 0;
  let ownSd = 0;
  let surfaceSd = 0;
  for (const { logWeight, ownSd: own, surfaceSd: surface } of weighted) {
    const weight = Math.exp(logWeight - most);
    mass += weight;
    ownSd += weight * own;
    surfaceSd += weight * surface;
  }
  return { noiseSd, ownSd: ownSd / mass, surfaceSd: surfaceSd / mass };
}

function weigh(summary: Summary, noiseSd: number, scale: number, surfaces: readonly number[]): Weighted[] {
  const weighted: Weighted[] = [];
  for (const surfaceSd of surfaces) {
    // Half of the prior lies on s = 0, the other half is shared by the rest.
    const prior = surfaceSd === 0 ? Math.log(Math.max(1, surfaces.length - 1)) : 0;
    for (let i = 0; i < ownSteps; i++) {
      const ownSd = (1.2 * scale * (i + 0.5)) / ownSteps;
      const { logLikelihood } = coefficientsGiven(summary, { noiseSd, ownSd, surfaceSd });
      weighted.push({ ownSd, surfaceSd, logWeight: logLikelihood + prior });
    }
  }
  return weighted;
}

function totalVariance({ groups }: Summary): number {
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  return groups.reduce((sum, group) => sum + group.square, 0) / Math.max(1, count - 1);
}

function logSum(weighted: readonly Weighted[]): number {
  const most = Math.max(...weighted.map(({ logWeight }) => logWeight));
  return most + Math.log(weighted.reduce((sum, { logWeight }) => sum + Math.exp(logWeight - most), 0));
}

/** Where the parabola through the highest value and its two neighbours has its top, as an index; the end itself at an end. */
function peak(values: readonly number[]): number {
  const top = values.indexOf(Math.max(...values));
  const [before, at, after] = [values[top - 1], values[top] as number, values[top + 1]];
  if (before === undefined || after === undefined) return top;
  const bend = before - 2 * at + after;
  return bend === 0 ? top : top + (0.5 * (before - after)) / bend;
}
