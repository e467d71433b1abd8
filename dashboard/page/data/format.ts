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
} from '../../../search/format.js';

/** What stands where there is no value. */
export const none = '–';

/** A moment in the reader's time zone, to the minute. */
export function moment(ms: number): string {
  return new Date(ms).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}
