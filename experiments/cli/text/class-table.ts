import { table } from '../console.js';
import { percent, plural } from './format.js';

/** More classes than these are no help on a terminal. */
const mostRows = 30;

/**
 * How many images of each class are right, from counts by class and by what the images were taken for. Of more classes than a terminal
 * shows, those with the smallest share, in the order of the classes.
 */
export function classTable(classes: readonly string[], confusion: readonly (readonly number[])[]): string {
  const rows = classes.map((label, i) => {
    const counts = confusion[i] ?? [];
    const total = counts.reduce((sum, n) => sum + n, 0);
    return { label, total, share: total > 0 ? (counts[i] ?? 0) / total : null };
  });
  const worst = new Set(rows.toSorted((a, b) => (a.share ?? 1) - (b.share ?? 1)).slice(0, mostRows));
  const text = table(
    ['class', 'test images', 'right'],
    rows
      .filter((row) => worst.has(row))
      .map(({ label, total, share }) => [label, total, share === null ? '' : percent(share)]),
  );
  const left = rows.length - worst.size;
  return left > 0 ? `${text}\n… and ${plural(left, 'class', 'classes')} that did as well or better` : text;
}
