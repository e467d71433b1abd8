import { type Group, groupsOf } from '../network/fusion.js';
import { type Layer, operationOf, type Shape } from '../network/layers/index.js';
import { elements, type Kept } from '../network/layers/operation.js';
import type { Segment } from '../network/segments.js';
import { numbersIn } from './counts.js';
import type { EngineMemory } from './engine-memory.js';

/** Input of the memory model for part of a network, in elements; per image where a quantity depends on the image. */
export interface Footprint {
  readonly params: number;
  /** Moving means and variances of batch norm. */
  readonly statistics: number;
  /** Kept between the forward and the backward pass. */
  readonly kept: number;
  /** Moments of the backward pass that can be the peak for some batch size: no other moment has at least as much of both quantities. */
  readonly moments: readonly Moment[];
  /** Of the operation with the most. */
  readonly largestParams: number;
  /** Bytes, not elements: what the engine's library keeps for the layers. */
  readonly libraryBytes: number;
}

/** What is held at one moment of the backward pass, apart from the weights themselves. */
export interface Moment {
  /** Per image: kept activations, gradients and buffers. */
  readonly image: number;
  /** Gradients of weights: of all operations from the end back to this one. */
  readonly weights: number;
}

export const noFootprint: Footprint = {
  params: 0,
  statistics: 0,
  kept: 0,
  moments: [],
  largestParams: 0,
  libraryBytes: 0,
};

/** The footprint of two consecutive parts. */
export function addFootprints(a: Footprint, b: Footprint): Footprint {
  return {
    params: a.params + b.params,
    statistics: a.statistics + b.statistics,
    kept: a.kept + b.kept,
    moments: candidates([...later(a.moments, b.params), ...earlier(b.moments, a.kept)]),
    largestParams: Math.max(a.largestParams, b.largestParams),
    libraryBytes: a.libraryBytes + b.libraryBytes,
  };
}

/** The footprint of `times` equal consecutive parts. */
export function repeatFootprint(part: Footprint, times: number): Footprint {
  if (times <= 1) return times === 1 ? part : noFootprint;
  const others = times - 1;
  return {
    ...part,
    params: part.params * times,
    statistics: part.statistics * times,
    kept: part.kept * times,
    // From part to part each moment changes by a constant, so the largest is in the first or the last part.
    moments: candidates([...later(part.moments, part.params * others), ...earlier(part.moments, part.kept * others)]),
    libraryBytes: part.libraryBytes * times,
  };
}

/** Moments of a part's backward pass when later parts have already produced the gradients of `weights` weights. */
function later(moments: readonly Moment[], weights: number): Moment[] {
  return moments.map((moment) => ({ image: moment.image, weights: moment.weights + weights }));
}

/** Moments of a part's backward pass while earlier parts still keep `kept` elements. */
function earlier(moments: readonly Moment[], kept: number): Moment[] {
  return moments.map((moment) => ({ image: moment.image + kept, weights: moment.weights }));
}

/** The Pareto front over (image, weights): moments that no other moment dominates, most weights first. */
function candidates(moments: Moment[]): Moment[] {
  moments.sort((a, b) => b.weights - a.weights || b.image - a.image);
  let most = Number.NEGATIVE_INFINITY;
  return moments.filter(({ image }) => {
    const isMore = image > most;
    most = Math.max(most, image);
    return isMore;
  });
}

/** One unit of computation: a layer, or several as one. */
interface Computed {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly sharesGradient: boolean;
  readonly kept: Kept;
  /** Elements that it keeps in addition to `kept`, and elements that it needs while its gradient is computed. */
  readonly inside: number;
  readonly temporary: number;
  readonly params: number;
}

/** A segment of a network with what its memory depends on. */
export interface PlacedSegment {
  readonly segment: Segment;
  /** Shapes of all tensors that the segment reads, writes or passes on, by name. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Earlier tensors that another segment keeps already, so that keeping them again is free. */
  readonly keptBefore: ReadonlySet<string>;
}

/** The footprint of a segment and which of its inputs it keeps. */
export interface SegmentFootprint {
  readonly footprint: Footprint;
  readonly keptInputs: readonly string[];
}

/**
 * The footprint of a segment on an engine, found by walking through its backward pass: which activations are kept and which gradients exist at
 * each operation. With `recompute`, a block keeps only its inputs until the backward pass computes its inside again.
 */
export function segmentFootprint(placed: PlacedSegment, engine: EngineMemory, recompute: boolean): SegmentFootprint {
  const { segment, shapes, keptBefore } = placed;
  const { layers, inputs, outputs, passing } = segment;
  const sizeOf = (name: string): number => elements(shapes.get(name) as Shape);
  const numbers = new Map<Layer, { readonly trainable: number; readonly measured: number }>();
  let libraryBytes = 0;
  for (const layer of layers) {
    const operation = operationOf(layer, layer.name);
    const read = layer.inputs.map((name) => shapes.get(name) as Shape) as [Shape, ...Shape[]];
    numbers.set(layer, numbersIn(operation.parameters(layer, read)));
    const kind = operation.library(layer);
    if (kind !== null) libraryBytes += engine.library[kind];
  }
  const paramsOf = (layer: Layer): number => numbers.get(layer)?.trainable ?? 0;
  const storages = storagesOf(layers);
  const computed = groupsOf(segment, engine.fuses).map((group) => computedAs(group, engine, sizeOf, paramsOf));

  const saved = new Set<string>();
  let kept = 0;
  const keptAt = computed.map((one) => {
    const names = [...(one.kept.input ? one.inputs : []), ...(one.kept.output ? [one.output] : [])];
    for (const storage of names.map((name) => storages.get(name) ?? name)) {
      if (!saved.has(storage) && !keptBefore.has(storage)) kept += sizeOf(storage);
      saved.add(storage);
    }
    kept += one.inside + (one.kept.inside ?? 0) * sizeOf(one.output);
    return kept;
  });

  // By tensor, the storage of its gradient. Tensors that are read after the segment have theirs when its backward pass begins.
  const gradients = new Map([...outputs, ...passing].map((name) => [name, name]));
  const moments: Moment[] = [];
  let weights = 0;
  for (let i = computed.length - 1; i >= 0; i--) {
    const { inputs: read, output, sharesGradient, temporary, params } = computed[i] as Computed;
    // With one reader the storage stays shared; a sum of gradients is a new tensor.
    for (const name of read)
      gradients.set(name, sharesGradient && !gradients.has(name) ? (gradients.get(output) as string) : name);
    const touched = read.reduce((sum, name) => sum + sizeOf(name), 0) + sizeOf(output);
    const live = [...new Set(gradients.values())].reduce((sum, name) => sum + sizeOf(name), 0);
    weights += params;
    moments.push({ image: (keptAt[i] as number) + live + temporary + engine.workspace * touched, weights });
    gradients.delete(output);
  }

  const all = [...numbers.values()];
  const footprint = {
    params: all.reduce((sum, { trainable }) => sum + trainable, 0),
    statistics: all.reduce((sum, { measured }) => sum + measured, 0),
    kept,
    moments: candidates(moments),
    largestParams: Math.max(0, ...computed.map(({ params }) => params)),
    libraryBytes,
  };
  if (!recompute || !segment.canRecompute) return { footprint, keptInputs: inputs.filter((name) => saved.has(name)) };
  const read = inputs.filter((name) => !keptBefore.has(name)).reduce((sum, name) => sum + sizeOf(name), 0);
  return { footprint: { ...footprint, kept: read, moments: earlier(footprint.moments, read) }, keptInputs: inputs };
}

/** The tensors that are views, each with the tensor whose memory it shares. */
function storagesOf(layers: readonly Layer[]): Map<string, string> {
  const storages = new Map<string, string>();
  for (const layer of layers) {
    const [input = ''] = layer.inputs;
    if (operationOf(layer, layer.name).isView) storages.set(layer.name, storages.get(input) ?? input);
  }
  return storages;
}

function computedAs(
  group: Group,
  engine: EngineMemory,
  sizeOf: (name: string) => number,
  paramsOf: (layer: Layer) => number,
): Computed {
  const { layers } = group;
  const last = layers.at(-1) as Layer;
  const { kept, inside, temporary } = memoryOf(group, engine, sizeOf);
  return {
    inputs: (layers[0] as Layer).inputs,
    output: last.name,
    sharesGradient: operationOf(last, last.name).sharesGradient,
    kept,
    inside,
    temporary: temporary + (kept.temporary ?? 0) * sizeOf(last.name),
    params: layers.reduce((sum, layer) => sum + paramsOf(layer), 0),
  };
}

function memoryOf(
  group: Group,
  engine: EngineMemory,
  sizeOf: (name: string) => number,
): Pick<Computed, 'kept' | 'inside' | 'temporary'> {
  switch (group.kind) {
    case 'bottleneck': {
      const { expand, depthwise, project } = group.bottleneck;
      const wide = sizeOf(depthwise.conv.name) + (expand ? sizeOf(expand.conv.name) : 0);
      // The outputs of its convolutions are kept; the gradients of the two wide ones exist at the same time.
      return { kept: { input: true }, inside: wide + sizeOf(project.conv.name), temporary: wide };
    }
    case 'convolution': {
      const size = sizeOf(group.unit.conv.name);
      return { kept: { input: true }, inside: size, temporary: group.unit.activation === 'linear' ? 0 : size };
    }
    case 'norm':
      return { kept: engine.norm[group.activation], inside: 0, temporary: 0 };
    case 'single':
      return { kept: operationOf(group.layer, group.layer.name).kept(group.layer, engine), inside: 0, temporary: 0 };
  }
}
