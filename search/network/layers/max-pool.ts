import { defineOperation, type Window, windowSides } from './operation.js';

/** The largest element of each window; padding never counts. */
export const maxPool = defineOperation<Window>({
  shape: (options, [input], path) => [...windowSides(options, input, path), input[2]],
  kept: () => ({ input: true, output: true }),
});
