/**
 * Gradients of Σ dy · f(inputs) by central differences of a function in double precision: good to about nine digits, so that what a
 * comparison shows is the error of what is compared.
 */
export function numericGradients(
  f: (...inputs: readonly Float64Array[]) => ArrayLike<number>,
  inputs: readonly ArrayLike<number>[],
  dy: ArrayLike<number>,
  step = 1e-5,
): Float64Array[] {
  const operands = inputs.map((values) => Float64Array.from(values));
  const objective = (): number => {
    const y = f(...operands);
    let sum = 0;
    for (let i = 0; i < y.length; i++) sum += (y[i] as number) * (dy[i] as number);
    return sum;
  };
  return operands.map((values) =>
    values.map((value, i) => {
      values[i] = value + step;
      const above = objective();
      values[i] = value - step;
      const below = objective();
      values[i] = value;
      return (above - below) / (2 * step);
    }),
  );
}
