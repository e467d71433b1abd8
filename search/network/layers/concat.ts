import { defineOperation, mustMatch } from './operation.js';

/** The channels of several tensors of one height and width, one after the other. */
export const concat = defineOperation({
  shape(_, inputs, path) {
    mustMatch(inputs, 2, path);
    const [[height, width]] = inputs;
    return [height, width, inputs.reduce((sum, [, , channels]) => sum + channels, 0)];
  },
  kept: () => ({}),
});
