/** Numbers on the terminal, which has no columns to keep for the zeros of a count. */
export { bytes, duration, percent, plural, shortCount as count, times } from '../../search/format.js';
