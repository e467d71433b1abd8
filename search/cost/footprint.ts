import { blockOf } from '../network/graph.js';
import type { Layer, LayerGraph, LayerOf, Shape } from '../network/layers.js';
import { UnitFinder } from '../network/units.js';
import { layerCost, mapLayers } from './counts.js';
import type { EngineMemory, Saved } from './engine-memory.js';

/** What the memory model needs of a part of a network: elements, of one image where they depend on the image. */
export interface Footprint {
  readonly params: number;
  /** Moving means and variances of batch norm. */
  readonly statistics: number;
  /** Kept from the forward to the backward pass. */
  readonly kept: number;
  /** The moments of the backward pass that may be the peak, whatever the batch: none has both more for the images and more for the weights. */
  readonly moments: readonly Moment[];
  /** Of the operation with the most. */
  readonly largestParams: number;
  /** Bytes, not elements: what the engine's library keeps for the layers. */
  readonly libraryBytes: number;
}

/** What there is at a moment of the backward pass, beside the weights themselves. */
export interface Moment {
  /** Of one image: what is still kept, gradients and buffers. */
  readonly image: number;
  /** Gradients of weights: those of all operations back to this one. */
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

/** The footprint of two parts, the second of which follows the first. */
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

/** The footprint of `times` equal parts that follow each other. */
export function repeatFootprint(part: Footprint, times: number): Footprint {
  if (times <= 1) return times === 1 ? part : noFootprint;
  const others = times - 1;
  return {
    ...part,
    params: part.params * times,
    statistics: part.statistics * times,
    kept: part.kept * times,
    // From one part to the next a moment changes by the same, so it is most in the first or in the last of them.
    moments: candidates([...later(part.moments, part.params * others), ...earlier(part.moments, part.kept * others)]),
    libraryBytes: part.libraryBytes * times,
  };
}

/** The footprint of a part whose inside is computed once more in the backward pass: only its input is kept, which the part before wrote. */
export function recomputedFootprint(part: Footprint, input: Shape): Footprint {
  return { ...part, kept: elements(input), moments: earlier(part.moments, elements(input)) };
}

/** Moments of a part's backward pass, when the gradients of so many weights of what follows it are there already. */
function later(moments: readonly Moment[], weights: number): Moment[] {
  return moments.map((moment) => ({ image: moment.image, weights: moment.weights + weights }));
}

/** Moments of a part's backward pass, while so much of what comes before it is still kept. */
function earlier(moments: readonly Moment[], kept: number): Moment[] {
  return moments.map((moment) => ({ image: moment.image + kept, weights: moment.weights }));
}

/** Those that no other one has at least as much as of both; the most weights first. */
function candidates(moments: Moment[]): Moment[] {
  moments.sort((a, b) => b.weights - a.weights || b.image - a.image);
  let most = Number.NEGATIVE_INFINITY;
  return moments.filter(({ image }) => {
    const isMore = image > most;
    most = Math.max(most, image);
    return isMore;
  });
}

/** The blocks of a network, and the layers of no block that follow each other, as networks of their own; and whether each is a block. */
export function partsOf(graph: LayerGraph): { part: LayerGraph; isBlock: boolean }[] {
  const shapes = new Map<string, Shape>([['input', graph.input]]);
  const runs: Layer[][] = [];
  for (const layer of graph.layers) {
    shapes.set(layer.name, layer.shape);
    const run = runs.at(-1);
    if (run?.[0] && blockOf(run[0].name) === blockOf(layer.name)) run.push(layer);
    else runs.push([layer]);
  }
  return runs.map((run) => {
    const [first] = run as [Layer];
    const own = new Set(run.map(({ name }) => name));
    const [outside = 'input'] = first.inputs;
    const layers = run.map((layer) => ({
      ...layer,
      inputs: layer.inputs.map((name) => (own.has(name) ? name : 'input')),
    }));
    const part = { input: shapes.get(outside) as Shape, layers, output: (run.at(-1) as Layer).name };
    return { part, isBlock: blockOf(first.name) !== null };
  });
}

/** One thing that is computed: a layer, or several as one. */
interface Operation {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly isSum: boolean;
  readonly saved: Saved;
  /** Elements that it keeps beside `saved`, and that it needs while its gradient is computed. */
  readonly inside: number;
  readonly temporary: number;
  readonly params: number;
}

/** The footprint of a part on an engine, found by going through its backward pass: what is kept and which gradients there are at each operation. */
export function footprintOf(graph: LayerGraph, engine: EngineMemory): Footprint {
  const sizes = new Map<string, number>([['input', elements(graph.input)]]);
  const params = new Map<Layer, number>();
  mapLayers(graph, (layer, inputs) => {
    sizes.set(layer.name, elements(layer.shape));
    params.set(layer, layerCost(layer, inputs).params);
  });
  const sizeOf = (name: string): number => sizes.get(name) as number;
  const storages = storagesOf(graph);
  const operations = operationsOf(graph, engine, sizeOf, (layer) => params.get(layer) ?? 0);

  const saved = new Set<string>();
  let kept = 0;
  const keptAt = operations.map((operation) => {
    const names = [
      ...(operation.saved.input ? operation.inputs : []),
      ...(operation.saved.output ? [operation.output] : []),
    ];
    for (const storage of names.map((name) => storages.get(name) ?? name)) {
      if (!saved.has(storage)) kept += sizeOf(storage);
      saved.add(storage);
    }
    kept += operation.inside + (operation.saved.inside ?? 0) * sizeOf(operation.output);
    return kept;
  });

  // By layer, the storage that its gradient is in.
  const gradients = new Map([[graph.output, graph.output]]);
  const moments: Moment[] = [];
  let weights = 0;
  for (let i = operations.length - 1; i >= 0; i--) {
    const { inputs, output, isSum, temporary, params: own } = operations[i] as Operation;
    // The gradient of a sum is that of each of its terms.
    for (const name of inputs)
      gradients.set(name, isSum && !gradients.has(name) ? (gradients.get(output) as string) : name);
    const read = inputs.reduce((sum, name) => sum + sizeOf(name), 0);
    const live = [...new Set(gradients.values())].reduce((sum, name) => sum + sizeOf(name), 0);
    weights += own;
    moments.push({
      image: (keptAt[i] as number) + live + temporary + engine.workspace * (read + sizeOf(output)),
      weights,
    });
    gradients.delete(output);
  }
  return {
    params: [...params.values()].reduce((sum, one) => sum + one, 0),
    statistics: graph.layers.reduce((sum, { op, shape }) => sum + (op === 'batchNorm' ? 2 * shape[2] : 0), 0),
    kept,
    moments: candidates(moments),
    largestParams: Math.max(0, ...operations.map((operation) => operation.params)),
    libraryBytes: graph.layers.reduce((sum, layer) => sum + libraryBytesOf(layer, engine), 0),
  };
}

function libraryBytesOf(layer: Layer, { library }: EngineMemory): number {
  switch (layer.op) {
    case 'conv':
    case 'dense':
      return library.convolution;
    case 'depthwise':
      return layer.kernel > 3 ? library.wideDepthwise : library.convolution;
    case 'squeezeExcite':
      return library.squeezeExcite;
    default:
      return 0;
  }
}

/** A flattened activation is another view of the same memory. */
function storagesOf(graph: LayerGraph): Map<string, string> {
  const storages = new Map<string, string>();
  for (const { op, name, inputs } of graph.layers)
    if (op === 'flatten') storages.set(name, storages.get(inputs[0] ?? '') ?? (inputs[0] as string));
  return storages;
}

function operationsOf(
  graph: LayerGraph,
  engine: EngineMemory,
  sizeOf: (name: string) => number,
  paramsOf: (layer: Layer) => number,
): Operation[] {
  const finder = new UnitFinder(graph);
  const done = new Set<Layer>();
  const operations: Operation[] = [];
  const add = (layers: readonly Layer[], saved: Saved, inside = 0, temporary = 0): void => {
    for (const layer of layers) done.add(layer);
    const params = layers.reduce((sum, layer) => sum + paramsOf(layer), 0);
    const { name: output, op } = layers.at(-1) as Layer;
    const during = temporary + (saved.temporary ?? 0) * sizeOf(output);
    operations.push({
      inputs: (layers[0] as Layer).inputs,
      output,
      isSum: op === 'add',
      saved,
      inside,
      temporary: during,
      params,
    });
  };
  for (const layer of graph.layers) {
    if (done.has(layer)) continue;
    if (engine.fuses === 'bottlenecks') {
      const bottleneck = finder.bottleneckAt(layer);
      if (bottleneck) {
        const wide = [bottleneck.expand?.conv, bottleneck.depthwise.conv].map((conv) => (conv ? sizeOf(conv.name) : 0));
        const wideSum = wide.reduce((sum, size) => sum + size, 0);
        // The results of its convolutions are kept; the gradients of the wide ones are there at the same time.
        add(bottleneck.layers, engine.saves.conv, wideSum + sizeOf(bottleneck.project.conv.name), wideSum);
        continue;
      }
      const unit = finder.unitAt(layer);
      if (unit?.conv.op === 'conv') {
        const size = sizeOf(unit.conv.name);
        add(unit.layers, engine.saves.conv, size, unit.activation === 'linear' ? 0 : size);
        continue;
      }
    }
    if (layer.op === 'batchNorm') {
      const activation = finder.activationAfter(layer);
      add(activation ? [layer, activation] : [layer], engine.norm[activation?.activation ?? 'linear']);
    } else if (layer.op === 'activation') add([layer], engine.activation[layer.activation]);
    else add([layer], engine.saves[(layer as Exclude<Layer, LayerOf<'batchNorm' | 'activation'>>).op]);
  }
  return operations;
}

function elements([height, width, channels]: Shape): number {
  return height * width * channels;
}
