import { type ActivationName, defineOperation, weights } from './operation.js';

export interface SqueezeExciteLayer {
  /** Channels between the two dense layers. */
  readonly squeezed: number;
  readonly activation: ActivationName;
  readonly gate: 'sigmoid';
}

/** Squeeze-and-excite (Hu et al. 2018): mean over the image, dense to `squeezed`, activation, dense back, gate, scale. Both dense layers have biases. */
export const squeezeExcite = defineOperation<SqueezeExciteLayer>({
  shape: (_, [input]) => input,
  work({ squeezed, shape: [, , channels] }) {
    return { macs: 2 * channels * squeezed, activations: channels + squeezed };
  },
  parameters({ name, squeezed }, [[, , channels]]) {
    const dense = (half: string, from: number, to: number) =>
      weights(`${name}/${half}`, [from, to], { kind: 'heNormal', fanOut: to }, to, name);
    return [...dense('reduce', channels, squeezed), ...dense('expand', squeezed, channels)];
  },
  kept: () => ({ input: true }),
  library: () => 'squeezeExcite',
});
