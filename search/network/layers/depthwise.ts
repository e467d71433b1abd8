import { defineOperation, elements, type Window, weights, windowSides } from './operation.js';

export interface DepthwiseLayer extends Window {
  readonly bias: boolean;
}

/** A convolution of each channel with a kernel of its own. Starts normal with variance 2 / kernel²: it counts as one filter. */
export const depthwise = defineOperation<DepthwiseLayer>({
  shape: (options, [input], path) => [...windowSides(options, input, path), input[2]],
  work({ kernel, shape }) {
    const written = elements(shape);
    return { macs: kernel ** 2 * written, activations: written };
  },
  parameters({ name, kernel, bias }, [[, , channels]]) {
    const initialiser = { kind: 'heNormal', fanOut: kernel ** 2 } as const;
    return weights(name, [kernel, kernel, channels, 1], initialiser, bias ? channels : null);
  },
  kept: () => ({ input: true }),
  library: ({ kernel }) => (kernel > 3 ? 'wideDepthwise' : 'convolution'),
});
