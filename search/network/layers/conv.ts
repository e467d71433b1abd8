import { defineOperation, elements, type Window, weights, windowSides } from './operation.js';

export interface ConvLayer extends Window {
  readonly filters: number;
  readonly bias: boolean;
}

/** A convolution with a square kernel over all channels. Starts normal with variance 2 / (kernel² · filters). */
export const conv = defineOperation<ConvLayer>({
  shape: (options, [input], path) => [...windowSides(options, input, path), options.filters],
  work({ kernel, shape }, [[, , channels]]) {
    const written = elements(shape);
    return { macs: kernel ** 2 * channels * written, activations: written };
  },
  parameters({ name, kernel, bias, shape: [, , filters] }, [[, , channels]]) {
    const initialiser = { kind: 'heNormal', fanOut: kernel ** 2 * filters } as const;
    return weights(name, [kernel, kernel, channels, filters], initialiser, bias ? filters : null);
  },
  kept: () => ({ input: true }),
  library: () => 'convolution',
});
