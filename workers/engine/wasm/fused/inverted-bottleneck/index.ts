import type * as tf from '@tensorflow/tfjs-core';
import type { BatchNormParams, InvertedBottleneckParams } from '../../../engine.js';
import { activationKinds } from '../../activation.js';
import { wasmKernel } from '../../registration.js';
import { differentiable, runKernel } from '../differentiable.js';
import { updateMoving } from '../moving-statistics.js';
import { backward } from './backward.js';
import { type Attributes, type Part, savedNames } from './block.js';
import { forward } from './forward.js';

const forwardName = 'InvertedBottleneck';
const backwardName = 'InvertedBottleneckGrad';

export const invertedBottleneckKernels = [wasmKernel(forwardName, forward), wasmKernel(backwardName, backward)];

/** An inverted bottleneck in training; see `FusedOps`. */
export function invertedBottleneck(x: tf.Tensor4D, p: InvertedBottleneckParams): tf.Tensor4D {
  const norms = normsOf(p);
  const inputs = inputsOf(x, p);
  const names = Object.keys(inputs);
  const attributes: Attributes = {
    strides: p.depthwise.stride,
    pad: p.depthwise.padding,
    kinds: mapParts(norms, (norm) => activationKinds[norm.activation]),
    epsilons: mapParts(norms, (norm) => norm.epsilon),
    squeezeKind: activationKinds[p.squeezeExcite?.activation ?? 'linear'],
    inputs: names,
  };
  const saved = savedNames(names);
  return differentiable(
    Object.values(inputs),
    () => {
      const [y, ...rest] = runKernel(forwardName, inputs, attributes) as [tf.Tensor, ...tf.Tensor[]];
      const results = byName(saved, rest);
      for (const [part, norm] of norms) {
        const output = part === 'expand' ? results.expanded : results.filtered;
        const { size, shape } = output as tf.Tensor;
        const rows = size / (shape.at(-1) as number);
        updateMoving(norm, results[`${part}Mean`] as tf.Tensor, results[`${part}Variance`] as tf.Tensor, rows);
      }
      return { y, saved: [...Object.values(inputs), ...rest] };
    },
    (dy, kept) => runKernel(backwardName, { ...byName([...names, ...saved], kept), dy }, attributes),
  );
}

type Norms = readonly (readonly [Part, BatchNormParams])[];

function normsOf({ expand, depthwise, project }: InvertedBottleneckParams): Norms {
  return [
    ...(expand ? [['expand', expand.norm] as const] : []),
    ['depthwise', depthwise.norm],
    ['project', project.norm],
  ];
}

function inputsOf(x: tf.Tensor4D, p: InvertedBottleneckParams): Record<string, tf.Tensor> {
  const inputs: Record<string, tf.Tensor> = { x };
  for (const [part, norm] of normsOf(p)) {
    inputs[`${part}Filter`] = (p[part] as { filter: tf.Tensor }).filter;
    inputs[`${part}Gamma`] = norm.gamma;
    inputs[`${part}Beta`] = norm.beta;
  }
  if (!p.squeezeExcite) return inputs;
  const { w1, b1, w2, b2 } = p.squeezeExcite;
  return { ...inputs, w1, b1, w2, b2 };
}

/** One number for each part; 0 for one that the block lacks. */
function mapParts(norms: Norms, value: (norm: BatchNormParams) => number): Record<Part, number> {
  const values = { expand: 0, depthwise: 0, project: 0 };
  for (const [part, norm] of norms) values[part] = value(norm);
  return values;
}

function byName(names: readonly string[], tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
}
