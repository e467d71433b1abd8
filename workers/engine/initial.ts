import { childSeed, Random } from '../../search/base/random.js';
import { type ParameterSpec, sizeOf } from './parameters.js';

/**
 * The values that a parameter starts from. They depend on the seed and the parameter's name alone, so every engine starts equal and
 * a layer more or less moves no other.
 *
 * As in the reference EfficientNet convolutions are normal with variance 2 / (kernel² · filters), that is fan-out (He et al. 2015,
 * arXiv 1502.01852, section 2.2), where a depthwise convolution counts one filter. Dense layers are uniform in ±sqrt(6 / (in + out))
 * (Glorot and Bengio 2010, equation 16): the reference's ±1/sqrt(out) is made for a thousand classes, and with two it starts from logits
 * so large that nothing is learnt. Gamma and moving variances are 1, everything else 0.
 */
export function initialValues({ name, shape, initialiser }: ParameterSpec, seed: number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  const random = new Random(childSeed(seed, 'initial', name));
  switch (initialiser.kind) {
    case 'constant':
      return values.fill(initialiser.value);
    case 'heNormal': {
      const deviation = Math.sqrt(2 / initialiser.fanOut);
      for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
      return values;
    }
    case 'glorotUniform': {
      const limit = Math.sqrt(6 / (initialiser.fanIn + initialiser.fanOut));
      for (let i = 0; i < values.length; i++) values[i] = limit * (2 * random.uniform() - 1);
      return values;
    }
  }
}
