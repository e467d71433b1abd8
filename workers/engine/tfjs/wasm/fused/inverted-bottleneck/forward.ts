import type * as tf from '@tensorflow/tfjs-core';
import type { Runtime, Take } from '../../runtime.js';
import { DepthwiseConvolution } from '../../stages/depthwise.js';
import type { Normaliser } from '../../stages/normaliser.js';
import { Product } from '../../stages/product.js';
import { type Attributes, BlockShape, normaliserOf, Tensors } from './block.js';
import { Gate } from './gate.js';

/**
 * [y, ...saved] of an inverted bottleneck. Of what lies between the convolutions only their own results are written to memory; a batch
 * norm's statistics need all of a result, and everything else is computed a few images at a time, in a cache.
 */
export function forward(runtime: Runtime, inputs: readonly tf.TensorInfo[], attributes: Attributes): tf.TensorInfo[] {
  const { saved, forward: places } = attributes;
  const tensors = [...inputs];
  const t = new Tensors(runtime, places, tensors);
  const shape = new BlockShape(t, attributes);
  const shapes = shape.shapes();
  const made = saved.map((name) => runtime.output(shapes[name] as number[]));
  const y = runtime.output(shapes.y as number[]);
  tensors.push(...made, y);
  runtime.withScratch((take) => {
    const expansion = t.has('expandFilter') ? expand(runtime, take, t, shape, attributes) : null;
    const filtering = filter(runtime, take, t, shape, attributes, expansion);
    project(runtime, take, t, shape, attributes, filtering);
  });
  return [y, ...made];
}

/** expanded = x · filter, and its statistics. */
function expand(runtime: Runtime, take: Take, t: Tensors, shape: BlockShape, attributes: Attributes): Normaliser {
  const { inChannels, channels, batch, inPixels } = shape;
  const norm = normaliserOf(runtime, take, t, 'expand', channels, attributes);
  const product = new Product(runtime, take, t.at('expandFilter'), inChannels, channels);
  shape.forEachRows((first, rows) => {
    const result = t.at('expanded', first * channels);
    product.multiply(t.at('x', first * inChannels), result, rows);
    norm.addMoments(result, rows, t.at('expanded'));
  });
  norm.finishMoments(batch * inPixels, t.at('expanded'));
  norm.prepare();
  return norm;
}

/** filtered = depthwise(activation(norm(expanded))), and its statistics. */
function filter(
  runtime: Runtime,
  take: Take,
  t: Tensors,
  shape: BlockShape,
  attributes: Attributes,
  expansion: Normaliser | null,
): Normaliser {
  const { channels, batch, inPixels, outPixels } = shape;
  const norm = normaliserOf(runtime, take, t, 'depthwise', channels, attributes);
  const convolution = new DepthwiseConvolution(runtime, take, shape.window, t.at('depthwiseFilter'));
  const activated = expansion ? take(shape.images * inPixels * channels) : 0;
  shape.forEachChunk((first, images) => {
    const result = t.at('filtered', first * outPixels * channels);
    const source = first * inPixels * channels;
    expansion?.normalise(t.at('expanded', source), activated, images * inPixels);
    convolution.forward(expansion ? activated : t.at('x', source), result, images, true);
    norm.addMoments(result, images * outPixels, t.at('filtered'));
  });
  norm.finishMoments(batch * outPixels, t.at('filtered'));
  norm.prepare();
  return norm;
}

/** projected = (gate ·) activation(norm(filtered)) · filter, its statistics, and y. */
function project(
  runtime: Runtime,
  take: Take,
  t: Tensors,
  shape: BlockShape,
  attributes: Attributes,
  filtering: Normaliser,
): void {
  const { channels, outChannels, batch, outPixels } = shape;
  const norm = normaliserOf(runtime, take, t, 'project', outChannels, attributes);
  const product = new Product(runtime, take, t.at('projectFilter'), channels, outChannels);
  const gate = t.has('w1') ? new Gate(runtime, take, t, shape, attributes) : null;
  const activated = take(shape.images * outPixels * channels);
  shape.forEachChunk((first, images) => {
    const rows = images * outPixels;
    const result = t.at('projected', first * outPixels * outChannels);
    filtering.normalise(t.at('filtered', first * outPixels * channels), activated, rows);
    gate?.apply(first, images, activated);
    product.multiply(activated, result, rows);
    norm.addMoments(result, rows, t.at('projected'));
  });
  norm.finishMoments(batch * outPixels, t.at('projected'));
  norm.prepare();
  norm.normalise(t.at('projected'), t.at('y'), batch * outPixels);
}
