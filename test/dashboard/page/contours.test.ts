import { describe, expect, it } from 'vitest';
import { boundsPolygon, contour, filled, levels, type Place } from '../../../dashboard/page/charts/contours.js';

const xs = Array.from({ length: 33 }, (_, i) => -1 + i / 16);
const field = (f: (x: number, y: number) => number) => ({ xs, ys: xs, values: xs.map((x) => xs.map((y) => f(x, y))) });

function areaOf(polygon: readonly Place[]): number {
  const twice = polygon.reduce((sum, [x, y], i) => {
    const [a, b] = polygon.at(i - 1) as Place;
    return sum + a * y - x * b;
  }, 0);
  return Math.abs(twice) / 2;
}

describe('contours', () => {
  it('of a plane are its lines, exactly', () => {
    const plane = (x: number, y: number) => 2 * x - y + 0.1;
    const segments = contour(field(plane), 0.25);
    expect(segments.length).toBeGreaterThan(30);
    for (const [x, y] of segments.flat()) expect(plane(x, y)).toBeCloseTo(0.25, 12);
  });

  it('of a paraboloid are circles to within a hundredth, and closed', () => {
    const segments = contour(
      field((x, y) => x * x + y * y),
      0.5,
    );
    for (const [x, y] of segments.flat()) expect(Math.hypot(x, y)).toBeCloseTo(Math.SQRT1_2, 2);
    const ends = new Map<string, number>();
    for (const place of segments.flat()) {
      const key = place.map((value) => value.toFixed(9)).join();
      ends.set(key, (ends.get(key) ?? 0) + 1);
    }
    // Every end is that of two segments, also where the line passes through a point of the grid.
    for (const n of ends.values()) expect(n % 2).toBe(0);
    const length = segments.reduce((sum, [a, b]) => sum + Math.hypot(a[0] - b[0], a[1] - b[1]), 0);
    expect(length / (2 * Math.PI * Math.SQRT1_2)).toBeCloseTo(1, 2);
  });

  it('bound what is filled: its area is that of the circle, and all of it lies within', () => {
    const polygons = filled(
      field((x, y) => x * x + y * y),
      0.5,
    );
    const area = polygons.reduce((sum, polygon) => sum + areaOf(polygon), 0);
    expect(area / (Math.PI / 2)).toBeCloseTo(1, 2);
    for (const [x, y] of polygons.flat()) expect(Math.hypot(x, y)).toBeLessThan(Math.SQRT1_2 + 1e-9);
    expect(
      filled(
        field(() => 1),
        2,
      ).length,
    ).toBe(2 * 32 * 32);
    expect(
      filled(
        field(() => 1),
        0.5,
      ),
    ).toEqual([]);
  });

  it('of a level that is not reached are none', () => {
    expect(
      contour(
        field(() => 1),
        2,
      ),
    ).toEqual([]);
  });
});

describe('levels', () => {
  it('are round, in order, and as few as asked for', () => {
    expect(levels(0.612, 0.648, 8)).toEqual([0.615, 0.62, 0.625, 0.63, 0.635, 0.64, 0.645]);
    expect(levels(0.7, 0.7, 8)).toEqual([]);
    for (const [low, high] of [
      [0.001, 0.999],
      [0.5, 0.5012],
      [0.3, 0.55],
    ] as const) {
      const found = levels(low, high, 8);
      expect(found.length).toBeGreaterThan(1);
      expect(found.length).toBeLessThanOrEqual(9);
      expect(found.every((level) => level >= low && level <= high)).toBe(true);
    }
  });
});

describe('what lies within bounds', () => {
  it('is the polygon of a brute-force check', () => {
    const bounds = { depth: [0.1, 0.7], width: [0, 0.6], resolution: [0.15, 0.8] } as const;
    const polygon = boundsPolygon(bounds);
    const area = areaOf(polygon);
    const n = 700;
    let inside = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const resolution = 1 - (i + 0.5) / n - (j + 0.5) / n;
        const within = ([low, high]: readonly [number, number], value: number) => value >= low && value <= high;
        if (
          within(bounds.depth, (i + 0.5) / n) &&
          within(bounds.width, (j + 0.5) / n) &&
          within(bounds.resolution, resolution)
        )
          inside++;
      }
    }
    expect(area).toBeCloseTo(inside / n ** 2, 2);
    for (const [depth, width] of polygon) expect(1 - depth - width).toBeGreaterThanOrEqual(0.15 - 1e-12);
  });
});
