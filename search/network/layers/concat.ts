import { defineOperation, mustMatch } from './operation.js';

/** Several tensors of one height and width, joined along their channels. */
export const concat = defineOperation({
  shape(_, inputs, path) {
    mustMatch(inputs, 2, path);
    const [[height, width]] = inputs;
    return [height, width, inputs.reduce((sum, [, , channels]) => sum + channels, 0)];
  },
  kept: () => ({}),
});
