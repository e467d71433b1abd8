import { describe, expect, it } from 'vitest';
import {
  bytes,
  coefficient,
  count,
  duration,
  exact,
  percent,
  plural,
  points,
  seconds,
  shortCount,
  times,
} from '../../../search/base/format.js';

describe('numbers as people read them', () => {
  it.each([
    [0, '0', '0'],
    [7.25, '7.25', '7.25'],
    [100, '100', '100'],
    [999, '999', '999'],
    [999.6, '999.6', '999.6'],
    [999_960, '1.000 M', '1 M'],
    [1000, '1.000 k', '1 k'],
    [10_000, '10.00 k', '10 k'],
    [400_000_000, '400.0 M', '400 M'],
    [385_814_752, '385.8 M', '385.8 M'],
    [1e18, '1000 P', '1000 P'],
    [-2_500_000, '-2.500 M', '-2.5 M'],
  ])('counts %d as %s in a column and as %s elsewhere', (n, column, short) => {
    expect(count(n)).toBe(column);
    expect(shortCount(n)).toBe(short);
  });

  it.each([
    [0, '0.0 s'],
    [4230, '4.2 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_600, '1 min 00 s'],
    [187_000, '3 min 07 s'],
    [7_500_000, '2 h 05 min'],
    [90_000_000, '1 d 01 h'],
    [Number.NaN, 'unknown'],
    [Number.POSITIVE_INFINITY, 'unknown'],
  ])('takes %d ms for %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('gives shares, multiples, sizes and exact counts their units', () => {
    expect([percent(0.76312), points(0.00414), times(2.567)]).toEqual(['76.31 %', '0.41', '×2.57']);
    expect([coefficient(1.2), coefficient(1.1892), coefficient(1)]).toEqual(['1.20', '1.1892', '1.00']);
    expect([bytes(0), bytes(1023), bytes(1.5 * 2 ** 30)]).toEqual(['0 B', '1023 B', '1.50 GiB']);
    expect([seconds(1.5), seconds(0.0012), seconds(4.5e-6)]).toEqual(['1.50 s', '1.20 ms', '4.50 µs']);
    expect([exact(385_814_752), plural(1, 'network'), plural(1440, 'trial'), plural(2, 'search', 'searches')]).toEqual([
      '385,814,752',
      '1 network',
      '1,440 trials',
      '2 searches',
    ]);
  });
});
