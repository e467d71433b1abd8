import type * as tf from '@tensorflow/tfjs-core';
import { activationKinds } from '../../activation.js';
import type { Address } from '../../kernels.js';
import type { Runtime, Take } from '../../runtime.js';
import { DepthwiseConvolution } from '../../stages/depthwise.js';
import type { Normaliser } from '../../stages/normaliser.js';
import { Product } from '../../stages/product.js';
import { type Attributes, BlockShape, normaliserOf, Tensors } from './block.js';
import { GateGradient } from './gate-gradient.js';

/**
 * The gradients of an inverted bottleneck in the order of `attributes.inputs`, from dy, the inputs and what the forward pass saved. The
 * gradient of a batch norm needs two sums over all of its incoming gradient; between two of them everything is computed a few images at
 * a time, in a cache: the activations once more, together with their slopes.
 */
export function backward(runtime: Runtime, given: readonly tf.TensorInfo[], attributes: Attributes): tf.TensorInfo[] {
  const { inputs, backward: places } = attributes;
  const tensors = [...given];
  const t = new Tensors(runtime, places, tensors);
  const shape = new BlockShape(t, attributes);
  const { batch, inPixels, outPixels, channels } = shape;
  const gradients = inputs.map((_, i) => runtime.output((given[i] as tf.TensorInfo).shape));
  const d = new Tensors(runtime, places, gradients);
  const filteredGradient = runtime.output([batch, outPixels, channels]);
  tensors.push(filteredGradient);
  runtime.withScratch((take) => {
    const filtering = normaliserOf(runtime, take, t, 'depthwise', channels, attributes);
    filtering.prepare();
    project(runtime, take, t, d, shape, attributes, filtering);
    filtering.finishGradient(batch * outPixels, true, d.at('depthwiseGamma'), d.at('depthwiseBeta'));
    if (!t.has('expandFilter')) {
      filter(runtime, take, t, d, shape, filtering, null, d.at('x'));
      return;
    }
    const expandedGradient = runtime.output([batch, inPixels, channels]);
    const address = runtime.address(expandedGradient);
    const expansion = normaliserOf(runtime, take, t, 'expand', channels, attributes);
    expansion.prepare();
    filter(runtime, take, t, d, shape, filtering, expansion, address);
    expansion.finishGradient(batch * inPixels, true, d.at('expandGamma'), d.at('expandBeta'));
    expand(runtime, take, t, d, shape, expansion, address);
    runtime.backend.disposeData(expandedGradient.dataId);
  });
  runtime.backend.disposeData(filteredGradient.dataId);
  return gradients;
}

/**
 * From dy to the gradient at the depthwise batch norm (`filteredGradient`), and the gradients of the projection and the gate. Here and below
 * `t` holds the tensors, `d` the gradients, by the names of what they are of.
 */
function project(
  runtime: Runtime,
  take: Take,
  t: Tensors,
  d: Tensors,
  shape: BlockShape,
  attributes: Attributes,
  filtering: Normaliser,
): void {
  const { kernels } = runtime;
  const { channels, outChannels, outPixels, images: most } = shape;
  const norm = normaliserOf(runtime, take, t, 'project', outChannels, attributes);
  const dy = projectGradient(take, t, d, shape, attributes, norm);
  const product = new Product(runtime, take, t.at('projectFilter'), outChannels, channels, { transposed: true });
  const gate = t.has('gate') ? new GateGradient(runtime, take, t, d, shape, attributes) : null;
  const [dProjected, activated, slope, dActivated] = [outChannels, channels, channels, channels].map((n) =>
    take(most * outPixels * n),
  ) as [Address, Address, Address, Address];
  runtime.zero(d.at('projectFilter'), channels * outChannels);
  shape.forEachChunk((first, images) => {
    const rows = images * outPixels;
    const wide = first * outPixels * channels;
    const narrow = first * outPixels * outChannels;
    norm.combine(t.at('projected', narrow), dy + 4 * narrow, dProjected, rows);
    product.multiply(dProjected, dActivated, rows);
    filtering.normaliseWithSlope(t.at('filtered', wide), activated, slope, rows);
    gate?.apply(first, images, activated, dActivated);
    kernels.multiplyTransposedAdd(
      activated,
      dProjected,
      d.at('projectFilter'),
      rows,
      channels,
      outChannels,
      channels,
      outChannels,
    );
    const result = t.at('filteredGradient', wide);
    filtering.addGradientWithSlope(t.at('filtered', wide), dActivated, slope, result, rows);
  });
  gate?.finish();
}

/** The sums of the projection's batch norm; returns where its gradient before `combine` lies: dy itself, or what its activation made of it. */
function projectGradient(
  take: Take,
  t: Tensors,
  d: Tensors,
  shape: BlockShape,
  attributes: Attributes,
  norm: Normaliser,
): Address {
  const { batch, outPixels, outChannels } = shape;
  const rows = batch * outPixels;
  const isLinear = attributes.kinds.project === activationKinds.linear;
  const g = isLinear ? t.at('dy') : take(rows * outChannels);
  norm.prepare();
  norm.addGradient(t.at('projected'), t.at('dy'), g, rows);
  norm.finishGradient(rows, true, d.at('projectGamma'), d.at('projectBeta'));
  return g;
}

/** From `filteredGradient` to the gradient at the expansion's batch norm, or to dx where nothing was expanded, in `result`. */
function filter(
  runtime: Runtime,
  take: Take,
  t: Tensors,
  d: Tensors,
  shape: BlockShape,
  filtering: Normaliser,
  expansion: Normaliser | null,
  result: Address,
): void {
  const { channels, inPixels, outPixels, images: most } = shape;
  const convolution = new DepthwiseConvolution(runtime, take, shape.window, t.at('depthwiseFilter'));
  const dFiltered = take(most * outPixels * channels);
  const [activated, slope, dActivated] = [0, 1, 2].map(() => (expansion ? take(most * inPixels * channels) : 0)) as [
    Address,
    Address,
    Address,
  ];
  shape.forEachChunk((first, images) => {
    const wide = first * inPixels * channels;
    const narrow = first * outPixels * channels;
    filtering.combine(t.at('filtered', narrow), t.at('filteredGradient', narrow), dFiltered, images * outPixels);
    if (!expansion) {
      convolution.gradient(t.at('x', wide), dFiltered, result + 4 * wide, images, true);
      return;
    }
    const rows = images * inPixels;
    expansion.normaliseWithSlope(t.at('expanded', wide), activated, slope, rows);
    convolution.gradient(activated, dFiltered, dActivated, images, false);
    expansion.addGradientWithSlope(t.at('expanded', wide), dActivated, slope, result + 4 * wide, rows);
  });
  convolution.filterGradient(d.at('depthwiseFilter'));
}

/** dx and the gradient of the expansion's filter, from the gradient at its batch norm. */
function expand(
  runtime: Runtime,
  take: Take,
  t: Tensors,
  d: Tensors,
  shape: BlockShape,
  expansion: Normaliser,
  gradient: Address,
): void {
  const { kernels } = runtime;
  const { inChannels, channels } = shape;
  const product = new Product(runtime, take, t.at('expandFilter'), channels, inChannels, { transposed: true });
  const dExpanded = take(shape.rows * channels);
  runtime.zero(d.at('expandFilter'), inChannels * channels);
  shape.forEachRows((first, rows) => {
    const wide = first * channels;
    const x = t.at('x', first * inChannels);
    expansion.combine(t.at('expanded', wide), gradient + 4 * wide, dExpanded, rows);
    product.multiply(dExpanded, d.at('x', first * inChannels), rows);
    kernels.multiplyTransposedAdd(x, dExpanded, d.at('expandFilter'), rows, inChannels, channels, inChannels, channels);
  });
}
