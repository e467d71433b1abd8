import type { Candidate } from './candidate.js';
import { quadraticTerms, sharesOf } from './shares.js';

/**
 * What neighbouring candidates have in common: the quadratic terms of their shares and log₂ macs, made orthogonal to a constant and to each
 * other and scaled to mean square 1 over the candidates. One row per candidate; a term that says nothing new is left out.
 */
export function neighbourFeatures(candidates: readonly Candidate[]): number[][] {
  const raw = candidates.map((candidate) => [
    ...quadraticTerms(sharesOf(candidate.multipliers)),
    Math.log2(candidate.cost.macs),
  ]);
  const columns = orthonormalColumns(raw);
  return candidates.map((_, i) => columns.map((column) => column[i] as number));
}

/** Modified Gram–Schmidt, twice, after taking out the mean; mean square 1. Columns that depend on earlier ones are dropped. */
export function orthonormalColumns(rows: readonly (readonly number[])[]): number[][] {
  const n = rows.length;
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x, i) => sum + x * (b[i] as number), 0) / n;
  const kept: number[][] = [new Array<number>(n).fill(1)];
  for (let j = 0; j < (rows[0]?.length ?? 0); j++) {
    let column = rows.map((row) => row[j] as number);
    const size = dot(column, column);
    for (const other of [...kept, ...kept]) {
      const along = dot(column, other);
      column = column.map((x, i) => x - along * (other[i] as number));
    }
    const left = dot(column, column);
    if (left > 1e-9 * size) kept.push(column.map((x) => x / Math.sqrt(left)));
  }
  return kept.slice(1);
}
