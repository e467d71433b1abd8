/** How scaled widths and repeats become whole numbers. Multipliers of exactly 1 change nothing, so that a baseline scaled by 1 is itself. */
export interface Rounding {
  /** Channels: a multiple of `divisor`, at least `divisor`. */
  width(width: number, multiplier: number, divisor: number): number;
  /** Blocks of a stage, at least 1. */
  repeats(repeats: number, multiplier: number): number;
}

/** Room for the last bits of a product of doubles: 1.1 · 10 is above 11 by 2e-16 of it, and still 11 blocks. */
const relativeSlack = 1e-12;

/**
 * The nearest multiple of `divisor` (halves go up), at least `divisor`; one divisor more where that would lose over 10 %, so that narrow
 * stages are not starved: `round_filters` of tensorflow/tpu efficientnet_model.py.
 */
export function nearestWidth(width: number, multiplier: number, divisor: number): number {
  if (multiplier === 1) return width;
  const scaled = width * multiplier;
  const rounded = Math.max(divisor, Math.floor(scaled / divisor + 0.5) * divisor);
  return rounded < 0.9 * scaled ? rounded + divisor : rounded;
}

/** The nearest whole number of blocks (halves go up), at least 1. */
export function nearestRepeats(repeats: number, multiplier: number): number {
  return Math.max(1, Math.floor(repeats * multiplier + 0.5));
}

/** Blocks rounded up: `round_repeats` of tensorflow/tpu efficientnet_model.py. */
export function ceilingRepeats(repeats: number, multiplier: number): number {
  return Math.max(1, Math.ceil(repeats * multiplier * (1 - relativeSlack)));
}

/** The nearest multiple of `multiple` pixels (halves go up), at least `multiple`. A multiple of 1 rounds to the nearest pixel. */
export function nearestResolution(resolutionPx: number, multiplier: number, multiple: number): number {
  return Math.max(multiple, Math.floor((resolutionPx * multiplier) / multiple + 0.5) * multiple);
}

/**
 * The roundings by name; an experiment chooses one in `scaling.rounding`. EfficientNet's rounds repeats up, so that small networks cost
 * clearly more than α·β²·γ² says; `nearest` stays closer to it.
 */
export const roundings = {
  efficientnet: { width: nearestWidth, repeats: ceilingRepeats },
  nearest: { width: nearestWidth, repeats: nearestRepeats },
} as const satisfies Readonly<Record<string, Rounding>>;

export type RoundingName = keyof typeof roundings;
