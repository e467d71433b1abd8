import * as tf from '@tensorflow/tfjs-core';
import type { FusedOps, OptimizerStep } from '../backend.js';
import type { Native } from './native.js';
import { ResourceVariables } from './resource-variables.js';
import { Scalars } from './scalars.js';

/** The optimiser step by TensorFlow's `ResourceApplyMomentum` and `ResourceApplyRMSProp`, whose formulas are engine.ts's. */
export function makeOptimizerStep(native: Native): FusedOps['optimizerStep'] {
  const resources = new ResourceVariables(native);
  const scalars = new Scalars();
  const attributes = [native.type('T', 'float32'), native.bool('use_locking', false)];
  const momentumAttributes = [...attributes, native.bool('use_nesterov', false)];

  const apply = (step: OptimizerStep, gradient: tf.Tensor): void => {
    const { kind, variable, velocity, meanSquare, decay = 0.9, epsilon = 1e-3 } = step;
    const rate = scalars.of(step.learningRate);
    const momentum = scalars.of(step.momentum);
    if (kind === 'sgd') {
      resources.update([variable, velocity] as const, ([w, v]) =>
        native.runWith('ResourceApplyMomentum', momentumAttributes, [w, v, rate, gradient, momentum], 0),
      );
    } else {
      if (!meanSquare) throw new Error('an rmsprop step needs its meanSquare slot');
      const constants = [rate, scalars.of(decay), momentum, scalars.of(epsilon)];
      resources.update([variable, meanSquare, velocity] as const, ([w, s, v]) =>
        native.runWith('ResourceApplyRMSProp', attributes, [w, s, v, ...constants, gradient], 0),
      );
    }
  };

  return (step) =>
    tf.tidy(() => {
      const { variable, weightDecay, average, averageDecay } = step;
      const decayed =
        weightDecay === 0 ? step.gradient : sumWith(native, step.gradient, variable, scalars.of(weightDecay));
      apply(step, decayed);
      if (!average) return;
      if (averageDecay === undefined) throw new Error('a moving average of the weights needs its decay');
      // average + (1 − decay) · (w − average)
      const change = native.run('Sub', variable, average);
      average.assign(sumWith(native, average, change, scalars.of(1 - averageDecay)));
    });
}

/** a + factor · b */
function sumWith(native: Native, a: tf.Tensor, b: tf.Tensor, factor: tf.Scalar): tf.Tensor {
  return native.run('AddV2', a, native.run('Mul', b, factor));
}
