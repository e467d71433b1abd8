import { InputError } from '../../base/errors.js';
import { defineOperation, weights } from './operation.js';

export interface DenseLayer {
  readonly units: number;
  readonly bias: boolean;
}

/**
 * A matrix product on [1, 1, channels]; the shape becomes [1, 1, units]. Starts uniform in ±sqrt(6 / (channels + units)) (Glorot and Bengio
 * 2010, equation 16): the ±1/sqrt(units) of the reference EfficientNet is made for a thousand classes; with two classes the
 * first logits would be so large that nothing is learnt.
 */
export const dense = defineOperation<DenseLayer>({
  shape({ units }, [[height, width]], path) {
    if (height !== 1 || width !== 1)
      throw new InputError('bad-value', `${path}: expected an input of 1×1 for a dense layer, got ${height}×${width}`);
    return [1, 1, units];
  },
  work: ({ shape: [, , units] }, [[, , channels]]) => ({ macs: channels * units, activations: units }),
  parameters({ name, bias, shape: [, , units] }, [[, , channels]]) {
    const initialiser = { kind: 'glorotUniform', fanIn: channels, fanOut: units } as const;
    return weights(name, [channels, units], initialiser, bias ? units : null);
  },
  kept: () => ({ input: true }),
  library: () => 'convolution',
});
