import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName } from '../../../../search/network/layers/index.js';
import type { FusedOps } from '../backend.js';
import { mapElements, type WebGPUBackend } from './program.js';

/** WGSL of an activation and of its derivative at the f32 `z`. */
export interface ActivationCode {
  readonly value: string;
  readonly slope: string;
}

// Below −80 the sigmoid is 0 in single precision but for the last bits; its exponential must stay finite, since shaders may take infinities for anything.
const sigmoid = '(1.0 / (1.0 + exp(-max(z, -80.0))))';

export const activationCode: Readonly<Record<ActivationName, ActivationCode>> = {
  linear: { value: 'z', slope: '1.0' },
  relu: { value: 'max(z, 0.0)', slope: 'select(0.0, 1.0, z > 0.0)' },
  relu6: { value: 'clamp(z, 0.0, 6.0)', slope: 'select(0.0, 1.0, z > 0.0 && z < 6.0)' },
  sigmoid: { value: sigmoid, slope: `(${sigmoid} * (1.0 - ${sigmoid}))` },
  swish: { value: `(z * ${sigmoid})`, slope: `(${sigmoid} * (1.0 + z * (1.0 - ${sigmoid})))` },
};

/** An activation in one pass forward and one backward; its input is kept. */
export function makeActivation(backend: WebGPUBackend): FusedOps['activation'] {
  return <T extends tf.Tensor>(x: T, name: ActivationName): T => {
    if (name === 'linear') return x.clone();
    const { value, slope } = activationCode[name];
    const flat: [number, number] = [1, x.size];
    const apply = tf.customGrad((input, save) => {
      (save as tf.GradSaveFunc)([input as tf.Tensor]);
      const y = mapElements(backend, name, flat, { x: input as tf.Tensor }, `let z = x[index]; let value = ${value};`);
      const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]): tf.Tensor =>
        tf.tidy(() => {
          const inputs = { x: saved as tf.Tensor, dy };
          const dx = mapElements(
            backend,
            `${name}_slope`,
            flat,
            inputs,
            `let z = x[index]; let value = dy[index] * ${slope};`,
          );
          return tf.reshape(dx, x.shape);
        });
      return { value: tf.reshape(y, x.shape), gradFunc };
    });
    return apply(x) as T;
  };
}
