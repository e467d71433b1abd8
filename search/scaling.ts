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

/** The rounded dimensions of a baseline at the given multipliers, each stage by its `scaleDepth` and `scaleWidth`. */
export function scaleDimensions(
  baseline: Architecture,
  { depth, width, resolution }: Multipliers,
  { rounding, resolutionMultiple }: RoundingOptions,
): Dimensions {
  const round = roundings[rounding];
  return {
    repeats: baseline.stages.map((stage) =>
      stage.scaleDepth === false ? stage.repeats : round.repeats(stage.repeats, depth),
    ),
    widths: baseline.stages.map((stage) => {
      if (stage.scaleWidth === false) return stage.width;
      const scaled = round.width(stage.width, width, baseline.widthDivisor);
      return stage.scaleWidth === 'up' ? Math.max(stage.width, scaled) : scaled;
    }),
    hidden: baseline.classifier.hidden.map((units) => round.width(units, width, baseline.widthDivisor)),
    resolutionPx: nearestResolution(baseline.resolutionPx, resolution, resolutionMultiple),
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
  return withDimensions(baseline, scaleDimensions(baseline, by, options), options.regularisation);
}
