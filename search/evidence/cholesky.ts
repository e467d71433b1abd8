/**
 * Cholesky factor L of a symmetric positive definite matrix, L Lᵀ = A, for the handful of terms of the hierarchical model: it is
 * factorised a thousand times per fit, where a matrix library spends its time on making objects.
 */
export function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const lower: number[][] = [];
  for (let i = 0; i < matrix.length; i++) {
    const row: number[] = [];
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i]?.[j] as number;
      const other = j === i ? row : (lower[j] as number[]);
      for (let k = 0; k < j; k++) rest -= (row[k] as number) * (other[k] as number);
      row.push(j === i ? Math.sqrt(rest) : rest / (other[j] as number));
    }
    lower.push(row);
  }
  return lower;
}

/** Solves L z = right. */
export function solveLower(lower: readonly (readonly number[])[], right: readonly number[]): number[] {
  const z: number[] = [];
  for (let i = 0; i < right.length; i++) {
    const row = lower[i] as readonly number[];
    let rest = right[i] as number;
    for (let k = 0; k < i; k++) rest -= (row[k] as number) * (z[k] as number);
    z.push(rest / (row[i] as number));
  }
  return z;
}

/** Solves Lᵀ z = right. */
export function solveUpper(lower: readonly (readonly number[])[], right: readonly number[]): number[] {
  const z = new Array<number>(right.length).fill(0);
  for (let i = right.length - 1; i >= 0; i--) {
    let rest = right[i] as number;
    for (let k = i + 1; k < right.length; k++) rest -= (lower[k]?.[i] as number) * (z[k] as number);
    z[i] = rest / (lower[i]?.[i] as number);
  }
  return z;
}
