import * as tf from '@tensorflow/tfjs-core';
import type { OptimizerStep } from '../../backend.js';
import { runtimeOf } from '../runtime.js';
import { writable } from '../variables.js';

/** One step of an optimiser on one variable, in place; see `FusedOps`. */
export function optimizerStep(step: OptimizerStep): void {
  const runtime = runtimeOf(tf.backend());
  const { kernels } = runtime;
  const { learningRate, momentum, weightDecay } = step;
  const count = step.variable.size;
  const g = runtime.address(step.gradient);
  const w = writable(runtime, step.variable);
  const v = writable(runtime, step.velocity);
  if (step.kind === 'sgd') {
    kernels.sgdStep(w, g, v, count, learningRate, momentum, weightDecay);
  } else {
    if (!step.meanSquare) throw new Error('an rmsprop step needs its meanSquare slot');
    const s = writable(runtime, step.meanSquare);
    const { decay = 0.9, epsilon = 1e-3 } = step;
    kernels.rmspropStep(w, g, v, s, count, learningRate, momentum, weightDecay, decay, epsilon);
  }
  if (step.average) {
    if (step.averageDecay === undefined) throw new Error('a moving average of the weights needs its decay');
    kernels.averageStep(writable(runtime, step.average), w, count, step.averageDecay);
  }
}
