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
  const norms = normsOf(p);
  const inputs = inputsOf(x, p);
  const names = [...inputs.keys()];
  const attributes: Attributes = {
    strides: p.depthwise.stride,
    pad: p.depthwise.padding,
    kinds: mapParts(norms, (norm) => activationKinds[norm.activation]),
    epsilons: mapParts(norms, (norm) => norm.epsilon),
    squeezeKind: activationKinds[p.squeezeExcite?.activation ?? 'linear'],
    inputs: names,
  };
  const saved = savedNames(names);
  const reads = [...inputs.values()];
  return differentiable(
    reads,
    () => {
      const [y, ...made] = asTensors(forward(runtime, inputs, attributes)) as [tf.Tensor, ...tf.Tensor[]];
      const results = byName(saved, made);
      for (const [part, norm] of norms) {
        const { size, shape } = results.get(part === 'expand' ? 'expanded' : 'filtered') as tf.Tensor;
        const [mean, variance] = [results.get(`${part}Mean`), results.get(`${part}Variance`)] as [tf.Tensor, tf.Tensor];
        updateMoving(norm, mean, variance, size / (shape.at(-1) as number));
      }
      return { y, reads, made };
    },
    (dy, kept) => asTensors(backward(runtime, byName([...names, ...saved, 'dy'], [...kept, dy]), attributes)),
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

function inputsOf(x: tf.Tensor4D, p: InvertedBottleneckParams): Named<tf.Tensor> {
  const inputs = new Map<string, tf.Tensor>([['x', x]]);
  for (const [part, norm] of normsOf(p)) {
    inputs.set(`${part}Filter`, (p[part] as { filter: tf.Tensor }).filter);
    inputs.set(`${part}Gamma`, norm.gamma);
    inputs.set(`${part}Beta`, norm.beta);
  }
  const { w1, b1, w2, b2 } = p.squeezeExcite ?? {};
  if (w1 && b1 && w2 && b2) inputs.set('w1', w1).set('b1', b1).set('w2', w2).set('b2', b2);
  return inputs;
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
