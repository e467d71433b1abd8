/** Numbers on the terminal, which has no columns to keep for the zeros of a count. */
export {
  bytes,
  coefficient,
  duration,
  percent,
  plural,
  points,
  shortCount as count,
  timeLeftText,
  times,
} from '../../../search/base/format.js';
