/** A count of a confusion matrix that is not zero. */
export type Cell = readonly [truth: number, predicted: number, count: number];

/** The cells of confusion[truth][predicted] that are not zero: at most one per validation image, however many classes there are. */
export function toCells(confusion: readonly (readonly number[])[]): Cell[] {
  const cells: Cell[] = [];
  confusion.forEach((row, truth) => {
    row.forEach((count, predicted) => {
      if (count !== 0) cells.push([truth, predicted, count]);
    });
  });
  return cells;
}

/** The matrix confusion[truth][predicted] of `classes` rows and columns. */
export function fromCells(classes: number, cells: readonly Cell[]): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [truth, predicted, count] of cells) (matrix[truth] as number[])[predicted] = count;
  return matrix;
}
