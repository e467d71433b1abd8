/** A cell of a confusion matrix beside its diagonal. */
export interface ClassPair {
  readonly truth: number;
  readonly predicted: number;
}

export function isOfPair({ truth, predicted }: ClassPair, pair: ClassPair): boolean {
  return truth === pair.truth && predicted === pair.predicted;
}

/** The name of a class, or `class 3` where names are unavailable. */
export function className(names: readonly string[] | null, index: number): string {
  return names?.[index] ?? `class ${index}`;
}
