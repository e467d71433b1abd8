import { defineOperation, mustMatch } from './operation.js';

/** The sum of two or more tensors of one shape. */
export const add = defineOperation({
  shape(_, inputs, path) {
    mustMatch(inputs, 3, path);
    return inputs[0];
  },
  kept: () => ({}),
  sharesGradient: true,
});
