import { childSeed, Random } from '../../search/random.js';
import { type ParameterSpec, sizeOf } from './parameters.js';

/**
 * The values that a parameter starts from. They depend on the seed and the parameter's name alone, so every engine starts equal and
 * a layer more or less moves no other.
 *
 * As in the reference EfficientNet: convolutions are normal with variance 2 / (kernel² · filters), that is fan-out (He et al. 2015,
 * arXiv 1502.01852, section 2.2), where a depthwise convolution counts one filter; dense layers are uniform in ±1/sqrt(units); gamma
 * and moving variances are 1, everything else 0.
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
    case 'uniform': {
      const limit = 1 / Math.sqrt(initialiser.units);
      for (let i = 0; i < values.length; i++) values[i] = limit * (2 * random.uniform() - 1);
      return values;
    }
  }
}
