import type { Architecture, Stage } from './architecture.js';
import type { Multipliers } from './coefficients.js';
import type { Regularisation } from './regularisation.js';
import { nearestResolution, type RoundingName, roundings } from './rounding.js';

export interface RoundingOptions {
  readonly rounding: RoundingName;
  /** The input resolution becomes a multiple of this. */
  readonly resolutionMultiple: number;
}

/** Everything that scaling changes in a network's structure, rounded. Networks of one baseline with equal dimensions are equal. */
export interface Dimensions {
  /** Of each stage. */
  readonly repeats: readonly number[];
  /** Of each stage. */
  readonly widths: readonly number[];
  /** Of the classifier's hidden dense layers. */
  readonly hidden: readonly number[];
  readonly resolutionPx: number;
}

/** Blocks of each stage at a depth multiplier; stages with `scaleDepth: false` keep theirs. */
export function scaleRepeats(baseline: Architecture, depth: number, rounding: RoundingName): number[] {
  const round = roundings[rounding].repeats;
  return baseline.stages.map(({ repeats, scaleDepth }) => (scaleDepth === false ? repeats : round(repeats, depth)));
}

/** Channels of each stage at a width multiplier, each stage by its `scaleWidth`, and units of the classifier's hidden layers. */
export function scaleWidths(
  baseline: Architecture,
  width: number,
  rounding: RoundingName,
): Pick<Dimensions, 'widths' | 'hidden'> {
  const round = roundings[rounding].width;
  return {
    widths: baseline.stages.map((stage) => {
      if (stage.scaleWidth === false) return stage.width;
      const scaled = round(stage.width, width, baseline.widthDivisor);
      return stage.scaleWidth === 'up' ? Math.max(stage.width, scaled) : scaled;
    }),
    hidden: baseline.classifier.hidden.map((units) => round(units, width, baseline.widthDivisor)),
  };
}

/** The baseline with other dimensions and regularisation; its name and title stay. */
export function withDimensions(
  baseline: Architecture,
  { repeats, widths, hidden, resolutionPx }: Dimensions,
  regularisation: Regularisation = baseline.regularisation,
): Architecture {
  return {
    ...baseline,
    resolutionPx,
    stages: baseline.stages.map((stage, i) => ({ ...stage, repeats: repeats[i], width: widths[i] }) as Stage),
    classifier: { ...baseline.classifier, hidden: [...hidden] },
    regularisation,
  };
}

/**
 * The network that a baseline becomes at the given multipliers: depth multiplies repeats, width multiplies channels, resolution changes
 * the input (arXiv 1905.11946, section 3.2). `regularisation` is the baseline's unless given; `regularisationAt` says how it grows with φ.
 */
export function scaleArchitecture(
  baseline: Architecture,
  by: Multipliers,
  options: RoundingOptions & { readonly regularisation?: Regularisation },
): Architecture {
  const { rounding, resolutionMultiple, regularisation } = options;
  const dimensions = {
    repeats: scaleRepeats(baseline, by.depth, rounding),
    ...scaleWidths(baseline, by.width, rounding),
    resolutionPx: nearestResolution(baseline.resolutionPx, by.resolution, resolutionMultiple),
  };
  return withDimensions(baseline, dimensions, regularisation);
}
