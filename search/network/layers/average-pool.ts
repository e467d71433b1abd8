import { defineOperation, type Window, windowSides } from './operation.js';

export interface AveragePoolLayer extends Window {
  /** True: padding counts, so the divisor is always kernel² (PyTorch's `count_include_pad`). False: the divisor is the number of image pixels under the window. */
  readonly countPadding: boolean;
}

/** The mean of each window. */
export const averagePool = defineOperation<AveragePoolLayer>({
  shape: (options, [input], path) => [...windowSides(options, input, path), input[2]],
  kept: () => ({ input: true }),
});
