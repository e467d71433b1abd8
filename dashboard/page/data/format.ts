/** Numbers and moments as the page shows them. */
export {
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
  timeLeftText,
  times,
} from '../../../search/base/format.js';

/** Placeholder for a missing value. */
export const none = '–';

/** A probability in whole per cent; only certainty is shown as 100 %. */
export function wholePercent(share: number): string {
  return share < 1 && share >= 0.995 ? '> 99 %' : `${Math.round(100 * share)} %`;
}

/** A moment in the reader's time zone, to the minute. */
export function moment(ms: number): string {
  return new Date(ms).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}
