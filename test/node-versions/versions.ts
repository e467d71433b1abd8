import { expect } from 'vitest';

/** Major versions of Node that are tested beside the one here. */
export const majors = [22, 24] as const;

/** The Node that runs the tests, whichever that is. */
export const here = process.execPath;

/** Expects the same losses within the bound of the engines' agreement. */
export function expectClose(measured: readonly number[], reference: readonly number[]): void {
  expect(measured).toHaveLength(reference.length);
  reference.forEach((value, i) => {
    expect(Math.abs((measured[i] as number) - value)).toBeLessThan(1e-4);
  });
}
