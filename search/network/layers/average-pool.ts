import { defineOperation, type Window, windowSides } from './operation.js';

export interface AveragePoolLayer extends Window {
  /** Whether the zeros of the padding count: the divisor is always kernel² then (PyTorch's `count_include_pad`), otherwise the pixels of the image under the window. */
  readonly countPadding: boolean;
}

/** The mean of each window. */
export const averagePool = defineOperation<AveragePoolLayer>({
  shape: (options, [input], path) => [...windowSides(options, input, path), input[2]],
  kept: () => ({ input: true }),
});
