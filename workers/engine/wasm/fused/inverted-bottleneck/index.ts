import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormParams, InvertedBottleneckParams } from '../../../engine.js';
import { activationKinds } from '../../activation.js';
import { runtimeOf } from '../../runtime.js';
import { asTensors, differentiable } from '../differentiable.js';
import { updateMoving } from '../moving-statistics.js';
import { backward } from './backward.js';
import { type Attributes, type Named, type Part, savedNames } from './block.js';
import { forward } from './forward.js';

/** An inverted bottleneck in training; see `FusedOps`. */
export function invertedBottleneck(x: tf.Tensor4D, p: InvertedBottleneckParams): tf.Tensor4D {
  const runtime = runtimeOf(tf.backend());
  const { norms, weights, attributes, kept } = describedOnce(p);
  const reads = [x, ...weights];
  return differentiable(
    reads,
    () => {
      const outputs = forward(runtime, byName(attributes.inputs, reads), attributes);
      const [y, ...made] = asTensors(outputs) as [tf.Tensor, ...tf.Tensor[]];
      const results = byName(kept, [...reads, ...made]);
      for (const [part, norm] of norms) {
        const { size, shape } = results.get(part === 'expand' ? 'expanded' : 'filtered') as tf.Tensor;
        const [mean, variance] = [results.get(`${part}Mean`), results.get(`${part}Variance`)] as [tf.Tensor, tf.Tensor];
        updateMoving(norm, mean, variance, size / (shape.at(-1) as number));
      }
      return { y, reads, made };
    },
    (dy, tensors) => asTensors(backward(runtime, byName([...kept, 'dy'], [...tensors, dy]), attributes)),
  );
}

/** What is the same for every batch. */
interface Description {
  readonly norms: Norms;
  /** The inputs behind x, in the order of `attributes.inputs`. */
  readonly weights: readonly tf.Tensor[];
  readonly attributes: Attributes;
  /** Names of what the backward pass is given: the inputs, then what the forward pass made. */
  readonly kept: readonly string[];
}

const descriptions = new WeakMap<InvertedBottleneckParams, Description>();

function describedOnce(p: InvertedBottleneckParams): Description {
  const known = descriptions.get(p);
  if (known) return known;
  const norms = normsOf(p);
  const weights = weightsOf(p, norms);
  const inputs = ['x', ...weights.keys()];
  const attributes = {
    strides: p.depthwise.stride,
    pad: p.depthwise.padding,
    kinds: mapParts(norms, (norm) => activationKinds[norm.activation]),
    epsilons: mapParts(norms, (norm) => norm.epsilon),
    squeezeKind: activationKinds[p.squeezeExcite?.activation ?? 'linear'],
    inputs,
  };
  const description = {
    norms,
    weights: [...weights.values()],
    attributes,
    kept: [...inputs, ...savedNames(inputs)],
  };
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

function weightsOf(p: InvertedBottleneckParams, norms: Norms): Named<tf.Tensor> {
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

function byName(names: readonly string[], tensors: readonly tf.Tensor[]): Named<tf.Tensor> {
  return new Map(names.map((name, i) => [name, tensors[i] as tf.Tensor]));
}
