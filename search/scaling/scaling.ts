import { InputError } from '../base/errors.js';
import { type Architecture, mostPixels, type Stage } from '../network/architecture.js';
import { mostRepeats, mostWidth } from '../network/stage.js';
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

/**
 * The baseline with other dimensions and regularisation; its name and title stay. Throws an `InputError` where a dimension is beyond what
 * a network may have (`architectureSchema`).
 */
export function withDimensions(
  baseline: Architecture,
  dimensions: Dimensions,
  regularisation: Regularisation = baseline.regularisation,
): Architecture {
  refuseExcess(baseline, dimensions);
  const { repeats, widths, hidden, resolutionPx } = dimensions;
  return {
    ...baseline,
    resolutionPx,
    stages: baseline.stages.map((stage, i) => ({ ...stage, repeats: repeats[i], width: widths[i] }) as Stage),
    classifier: { ...baseline.classifier, hidden: [...hidden] },
    regularisation,
  };
}

function refuseExcess({ stages }: Architecture, { repeats, widths, hidden, resolutionPx }: Dimensions): void {
  stages.forEach(({ name }, i) => {
    refuseAbove(mostRepeats, repeats[i] as number, (blocks) => `${blocks} blocks in ${name}`);
    refuseAbove(mostWidth, widths[i] as number, (channels) => `${channels} channels in ${name}`);
  });
  hidden.forEach((units, i) => {
    refuseAbove(mostWidth, units, (many) => `${many} units in classifier.hidden.${i}`);
  });
  refuseAbove(mostPixels, resolutionPx, (side) => `an input of ${side} px`);
}

/** Also refuses what is no number, which is what a multiplier beyond the doubles leads to. */
function refuseAbove(most: number, value: number, words: (value: string) => string): void {
  if (!(value <= most))
    throw new InputError('does-not-fit', `scaled to ${words(inWords(value))}: expected at most ${inWords(most)}`);
}

/** 1048576 as 1,048,576; what has no exact double in three digits. */
function inWords(value: number): string {
  return Number.isSafeInteger(value) ? value.toLocaleString('en', { useGrouping: 'min2' }) : value.toPrecision(3);
}

/**
 * The network that a baseline becomes at the given multipliers: depth multiplies repeats, width multiplies channels, resolution changes
 * the input (arXiv 1905.11946, section 3.2). `regularisation` is the baseline's unless given; `regularisationAt` says how it grows with φ.
 * Throws an `InputError` where a dimension grows beyond what a network may have.
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
