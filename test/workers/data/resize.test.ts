import { describe, expect, it } from 'vitest';
import { Resizer } from '../../../workers/data/resize.js';

/** One channel value per pixel, the same in all three. */
const grey = (values: readonly number[]) => Uint8Array.from(values.flatMap((value) => [value, value, value]));

function resize(values: readonly number[], sourcePx: number, targetPx: number): number[] {
  const target = new Uint8Array(targetPx * targetPx * 3);
  new Resizer(sourcePx, targetPx).resize(grey(values), target);
  return [...target].filter((_, i) => i % 3 === 0);
}

describe('resizing', () => {
  it('leaves an image of the same size alone', () => {
    expect(resize([1, 2, 3, 4], 2, 2)).toEqual([1, 2, 3, 4]);
  });

  it('takes the mean of the area a smaller pixel covers', () => {
    expect(resize([10, 20, 30, 40], 2, 1)).toEqual([25]);
    // Each of 2×2 pixels covers 1.5 × 1.5 of 3×3: the corner wholly, its neighbours by half, the middle by a quarter.
    const nine = [90, 0, 0, 0, 0, 0, 0, 0, 180];
    expect(resize(nine, 3, 2)).toEqual([40, 0, 0, 80]);
  });

  it('interpolates between the centres of pixels towards a larger size', () => {
    expect(resize([0, 100, 0, 100], 2, 4)).toEqual([0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100]);
    expect(resize([7], 1, 3)).toEqual(Array(9).fill(7));
  });

  it.each([
    [64, 37],
    [64, 33],
    [64, 63],
    [32, 1],
    [5, 4],
    [5, 13],
    [32, 224],
  ])('keeps a flat image flat, %i to %i px', (sourcePx, targetPx) => {
    expect(new Set(resize(Array(sourcePx ** 2).fill(201), sourcePx, targetPx))).toEqual(new Set([201]));
  });

  it('keeps channels apart and writes at the offset only', () => {
    const target = new Uint8Array(9).fill(9);
    new Resizer(2, 1).resize(Uint8Array.from([1, 10, 100, 3, 30, 200, 1, 10, 100, 3, 30, 200]), target, 3);
    expect([...target]).toEqual([9, 9, 9, 2, 20, 150, 9, 9, 9]);
  });
});
