/** `npm run test:faults -- --long` has every fault as often as it takes to be sure. */
export const isLong = process.env.TRISCALE_LONG_FAULTS === '1';

/** How often: `short` in every run of the tests, `long` in the long form. */
export function times(short: number, long: number): number {
  return isLong ? long : short;
}

/** How long a test may take: the long form is there to be patient. */
export function limitMs(short: number): number {
  return isLong ? 900_000 : short;
}
