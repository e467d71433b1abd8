import { inverse, Matrix, QrDecomposition } from 'ml-matrix';

/** A weighted least-squares fit of values on the columns of a design. */
export interface LeastSquares {
  readonly coefficients: readonly number[];
  /** (XᵀWX)⁻¹: times `variance` it is the covariance of the coefficients. */
  readonly unscaled: Matrix;
  /** Residual variance per unit of weight: Σ w r² / degrees of freedom. */
  readonly variance: number;
  readonly degreesOfFreedom: number;
  readonly residuals: readonly number[];
}

/** Fits by QR decomposition of W^½X. Null where the columns depend on each other or leave no degree of freedom. */
export function leastSquares(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  weights: readonly number[],
): LeastSquares | null {
  const terms = rows[0]?.length ?? 0;
  const degreesOfFreedom = rows.length - terms;
  if (degreesOfFreedom < 1) return null;
  const root = weights.map(Math.sqrt);
  const design = new Matrix(rows.map((row, i) => row.map((x) => x * (root[i] as number))));
  const target = Matrix.columnVector(values.map((y, i) => y * (root[i] as number)));
  const qr = new QrDecomposition(design);
  const diagonal = qr.upperTriangularMatrix.diagonal().map(Math.abs);
  if (Math.min(...diagonal) < 1e-9 * Math.max(...diagonal)) return null;
  const solution = qr.solve(target);
  const difference = Matrix.sub(target, design.mmul(solution)).to1DArray();
  const rInverse = inverse(qr.upperTriangularMatrix);
  return {
    coefficients: solution.to1DArray(),
    unscaled: rInverse.mmul(rInverse.transpose()),
    variance: difference.reduce((sum, r) => sum + r * r, 0) / degreesOfFreedom,
    degreesOfFreedom,
    residuals: difference.map((r, i) => r / (root[i] as number)),
  };
}

/** a · x for a linear combination of coefficients, and its standard error. */
export function combine(fit: LeastSquares, weights: readonly number[]): { value: number; standardError: number } {
  const row = Matrix.rowVector([...weights]);
  return {
    value: weights.reduce((sum, weight, i) => sum + weight * (fit.coefficients[i] as number), 0),
    standardError: Math.sqrt(Math.max(0, fit.variance * row.mmul(fit.unscaled).mmul(row.transpose()).get(0, 0))),
  };
}
