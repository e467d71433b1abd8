import { defineOperation, elements } from './operation.js';

/** All elements of an image as channels of one pixel: [1, 1, height·width·channels]. */
export const flatten = defineOperation({
  shape: (_, [input]) => [1, 1, elements(input)],
  kept: () => ({}),
  isView: true,
});
