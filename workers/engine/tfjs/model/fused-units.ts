import type * as tf from '@tensorflow/tfjs-core';
import type { Bottleneck, Unit } from '../../../../search/network/fusion.js';
import type { LayerOf, Shape } from '../../../../search/network/layers/index.js';
import type { BatchNormParams, ConvPadding } from '../backend.js';
import { normOf } from './layers/batch-norm.js';
import { squeezeExciteOf } from './layers/squeeze-excite.js';
import { type Operation, read, type StepContext, type Weights } from './operations.js';
import { planPadding } from './padding.js';

/** A convolution with its batch norm: in training one operation of the engine where it has one, otherwise `plain`. */
export function fusedConvolution(
  { norm, activation }: Unit,
  conv: LayerOf<'conv'>,
  input: Shape,
  inputGradient: boolean,
  plain: Operation,
): Operation {
  const padding = paddingOf(conv, input);
  const params = remembered((context) => ({
    ...partOf(context, { conv, norm, activation }),
    stride: conv.stride,
    padding,
    inputGradient,
  }));
  return (inputs, context) => {
    const { fused, training } = context;
    if (!training || !fused.convBatchNorm) return plain(inputs, context);
    return fused.convBatchNorm(inputs[0] as tf.Tensor4D, params(context));
  };
}

/** An inverted bottleneck, likewise. `input` is the shape that the depthwise convolution reads. */
export function fusedBottleneck(block: Bottleneck, input: Shape, plain: Operation): Operation {
  const { expand, depthwise, squeezeExcite, project } = block;
  const padding = paddingOf(depthwise.conv, input);
  const params = remembered((context) => ({
    ...(expand && { expand: partOf(context, expand) }),
    depthwise: { ...partOf(context, depthwise), stride: depthwise.conv.stride, padding },
    ...(squeezeExcite && { squeezeExcite: squeezeExciteOf(context.weights, squeezeExcite) }),
    project: partOf(context, project),
  }));
  return (inputs, context) => {
    const { fused, training } = context;
    if (!training || !fused.invertedBottleneck) return plain(inputs, context);
    return fused.invertedBottleneck(inputs[0] as tf.Tensor4D, params(context));
  };
}

/** Caches the result of `build` until the weights or the statistics share of the context change; consecutive steps train the same weights. */
function remembered<T>(build: (context: StepContext) => T): (context: StepContext) => T {
  let last: { readonly weights: Weights; readonly statisticsShare: number; readonly value: T } | null = null;
  return (context) => {
    const { weights, statisticsShare } = context;
    if (last?.weights !== weights || last.statisticsShare !== statisticsShare)
      last = { weights, statisticsShare, value: build(context) };
    return last.value;
  };
}

function partOf(
  context: StepContext,
  { conv, norm, activation }: Pick<Unit, 'conv' | 'norm' | 'activation'>,
): { filter: tf.Tensor4D; norm: BatchNormParams } {
  return { filter: read<tf.Tensor4D>(context.weights, conv.name, 'kernel'), norm: normOf(context, norm, activation) };
}

function paddingOf(window: LayerOf<'conv'> | LayerOf<'depthwise'>, input: Shape): ConvPadding {
  const plan = planPadding(window, input);
  if (plan.mode !== 'explicit') return plan.mode;
  const [top, bottom] = plan.rows;
  const [left, right] = plan.columns;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}
