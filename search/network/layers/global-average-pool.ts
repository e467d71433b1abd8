import { defineOperation } from './operation.js';

/** The mean over the image; the shape becomes [1, 1, channels]. */
export const globalAveragePool = defineOperation({
  shape: (_, [[, , channels]]) => [1, 1, channels],
  kept: () => ({ input: true }),
});
