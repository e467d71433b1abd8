import type { ConfusionCells } from '../../search/plan/trial.js';

/** With more classes a matrix of all of them is too large to keep and to send: 10,000 classes have 100 million cells. */
export const mostDenseClasses = 1000;

/** Counts of images by their class and by the class that they were taken for. Only the cells that are not zero take memory. */
export class ConfusionCounts {
  private readonly counts = new Map<number, number>();

  constructor(private readonly classes: number) {}

  add(truth: number, predicted: number, images = 1): void {
    if (images === 0) return;
    const cell = truth * this.classes + predicted;
    this.counts.set(cell, (this.counts.get(cell) ?? 0) + images);
  }

  /** As a matrix confusion[truth][predicted] where there are few classes, otherwise as cells and an empty matrix. */
  result(): { readonly confusion: number[][]; readonly confusionCells?: ConfusionCells } {
    const { classes, counts } = this;
    if (classes > mostDenseClasses) {
      const cells = [...counts]
        .sort(([a], [b]) => a - b)
        .map(([cell, count]) => [Math.floor(cell / classes), cell % classes, count] as const);
      return { confusion: [], confusionCells: { classes, cells } };
    }
    const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    for (const [cell, count] of counts) (confusion[Math.floor(cell / classes)] as number[])[cell % classes] = count;
    return { confusion };
  }
}
