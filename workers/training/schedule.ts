import type { Recipe } from '../../search/plan/recipe.js';

/**
 * Learning rate of a step (from 0): linear from 0 to the peak over the warm-up epochs, then half a cosine to 0 (Loshchilov and Hutter
 * 2017, arXiv 1608.03983, equation 5 without restarts). The first step is one warm-up step up from 0, so that it moves; the last is the
 * end of the cosine but one, so that it moves too.
 */
export function learningRateAt(
  step: number,
  stepsPerEpoch: number,
  { learningRate, warmupEpochs, epochs }: Pick<Recipe, 'learningRate' | 'warmupEpochs' | 'epochs'>,
): number {
  const total = epochs * stepsPerEpoch;
  const warmup = Math.min(Math.round(warmupEpochs * stepsPerEpoch), total);
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  return (learningRate * (1 + Math.cos((Math.PI * (step - warmup)) / (total - warmup)))) / 2;
}
