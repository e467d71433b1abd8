import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormParams, InvertedBottleneckParams } from '../../../backend.js';
import { activationKinds } from '../../activation.js';
import { runtimeOf } from '../../runtime.js';
import { asTensors, differentiable } from '../differentiable.js';
import { updateMoving } from '../moving-statistics.js';
import { backward } from './backward.js';
import { type Attributes, namesOf, type Part } from './block.js';
import { forward } from './forward.js';

/** An inverted bottleneck in training; see `FusedOps`. */
export function invertedBottleneck(x: tf.Tensor4D, p: InvertedBottleneckParams): tf.Tensor4D {
  const runtime = runtimeOf(tf.backend());
  const { norms, weights, attributes } = describedOnce(p);
  const reads = [x, ...weights];
  return differentiable(
    reads,
    () => {
      const [y, ...made] = asTensors(forward(runtime, reads, attributes)) as [tf.Tensor, ...tf.Tensor[]];
      const result = (name: string) => made[attributes.saved.indexOf(name)] as tf.Tensor;
      for (const [part, norm] of norms) {
        const mean = result(`${part}Mean`);
        updateMoving(norm, mean, result(`${part}Variance`), result(convolved[part]).size / mean.size);
      }
      return { y, reads, made };
    },
    (dy, kept) => asTensors(backward(runtime, [...kept, dy], attributes)),
  );
}

/** What each convolution writes. */
const convolved = { expand: 'expanded', depthwise: 'filtered', project: 'projected' } as const;

/** What is the same for every batch. */
interface Description {
  readonly norms: Norms;
  /** The inputs behind x. */
  readonly weights: readonly tf.Tensor[];
  readonly attributes: Attributes;
}

const descriptions = new WeakMap<InvertedBottleneckParams, Description>();

function describedOnce(p: InvertedBottleneckParams): Description {
  const known = descriptions.get(p);
  if (known) return known;
  const norms = normsOf(p);
  const weights = weightsOf(p, norms);
  const attributes = {
    ...namesOf(['x', ...weights.keys()]),
    strides: p.depthwise.stride,
    pad: p.depthwise.padding,
    kinds: mapParts(norms, (norm) => activationKinds[norm.activation]),
    epsilons: mapParts(norms, (norm) => norm.epsilon),
    squeezeKind: activationKinds[p.squeezeExcite?.activation ?? 'linear'],
  };
  const description = { norms, weights: [...weights.values()], attributes };
  descriptions.set(p, description);
  return description;
}

type Norms = readonly (readonly [Part, BatchNormParams])[];

function normsOf({ expand, depthwise, project }: InvertedBottleneckParams): Norms {
  return [
    ...(expand ? [['expand', expand.norm] as const] : []),
    ['depthwise', depthwise.norm],
    ['project', project.norm],
  ];
}

function weightsOf(p: InvertedBottleneckParams, norms: Norms): ReadonlyMap<string, tf.Tensor> {
  const weights = new Map<string, tf.Tensor>();
  for (const [part, norm] of norms) {
    weights.set(`${part}Filter`, (p[part] as { filter: tf.Tensor }).filter);
    weights.set(`${part}Gamma`, norm.gamma);
    weights.set(`${part}Beta`, norm.beta);
  }
  const { w1, b1, w2, b2 } = p.squeezeExcite ?? {};
  if (w1 && b1 && w2 && b2) weights.set('w1', w1).set('b1', b1).set('w2', w2).set('b2', b2);
  return weights;
}

/** One number for each part; 0 for one that the block lacks. */
function mapParts(norms: Norms, value: (norm: BatchNormParams) => number): Record<Part, number> {
  const values = { expand: 0, depthwise: 0, project: 0 };
  for (const [part, norm] of norms) values[part] = value(norm);
  return values;
}
