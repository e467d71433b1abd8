import type { Mistake } from '../search/plan/trial.js';

/** A mistake as it is stored. */
export type MistakeRow = readonly [image: number, truth: number, predicted: number, probability: number];

export function toMistakeRows(mistakes: readonly Mistake[]): MistakeRow[] {
  return mistakes.map(({ image, truth, predicted, probability }) => [image, truth, predicted, probability]);
}

export function fromMistakeRows(rows: readonly MistakeRow[]): Mistake[] {
  return rows.map(([image, truth, predicted, probability]) => ({ image, truth, predicted, probability }));
}
