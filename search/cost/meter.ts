import type { Architecture, Stage } from '../network/architecture.js';
import type { Tensors } from '../network/blocks/block.js';
import { blockTypes, expandBlock } from '../network/blocks/index.js';
import { expandClassifier } from '../network/graph.js';
import { GraphBuilder } from '../network/graph-builder.js';
import type { Layer, Shape } from '../network/layers/index.js';
import { type Segment, segmentOf } from '../network/segments.js';
import type { Dimensions } from '../scaling/scaling.js';
import { addCosts, type Cost, layerCost, noCost } from './counts.js';
import { engineMemory } from './engine-memory.js';
import {
  addFootprints,
  type Footprint,
  noFootprint,
  repeatFootprint,
  type SegmentFootprint,
  segmentFootprint,
} from './memory-footprint.js';
import { type MemoryOptions, memoryOf, type Saving } from './memory-model.js';
import { type Budget, type Fit, leastSaving } from './saving.js';

/** What planning needs to know about a network: its cost, how it is trained within the memory budget, and the predicted peak. */
export interface Measured extends Fit {
  readonly cost: Cost;
}

/** Equal consecutive parts. */
interface Run {
  readonly part: Part;
  readonly times: number;
}

/** A tensor between parts, identified by reference: two tensors of one shape are two objects. */
interface Tensor {
  readonly shape: Shape;
}

/** The tensors that one part passes to the next. */
type Flow = readonly [Tensor, ...Tensor[]];

/**
 * Measures scaled networks of one baseline, many per millisecond. Blocks are expanded into layers and counted by the same functions as whole
 * networks, but equal blocks at equal inputs only once. Repeats of a block that preserves the shape are multiplied; a block that changes it,
 * such as a growing dense block, is measured at every shape. Agrees with `graphCost` and `fitTraining` of the whole graph.
 */
export class NetworkMeter {
  private readonly parts = new Map<string, Part>();
  private readonly hasStochasticDepth: boolean;

  constructor(
    private readonly baseline: Architecture,
    private readonly memory: MemoryOptions,
    private readonly budget: Budget = { limitBytes: Number.POSITIVE_INFINITY },
  ) {
    this.hasStochasticDepth = baseline.regularisation.stochasticDepth > 0;
  }

  measure(dimensions: Dimensions): Measured {
    const { resolutionPx, repeats, widths } = dimensions;
    const runs: Run[] = [];
    let cost = noCost;
    let flow: Flow = [{ shape: [resolutionPx, resolutionPx, this.baseline.channels] }];
    let residualIndex = 0;
    const append = (part: Part, times: number): void => {
      runs.push({ part, times });
      cost = addCosts(cost, repeatCost(part.cost, times));
      flow = part.next;
    };
    this.baseline.stages.forEach((stage, i) => {
      const width = widths[i] as number;
      const count = repeats[i] as number;
      append(this.block(stage, i, flow, width, stage.stride, residualIndex > 0), 1);
      for (let done = 1; done < count; ) {
        const part = this.block(stage, i, flow, width, 1, true);
        const times = part.keepsShape ? count - done : 1;
        append(part, times);
        done += times;
      }
      if (blockTypes[stage.block].residual) residualIndex += count;
    });
    append(this.classifier(flow, dimensions.hidden), 1);
    return { cost, ...this.fit(runs) };
  }

  private fit(runs: readonly Run[]): Fit {
    const isChain = runs.every(({ part }) => part.isLink);
    const footprintOf = isChain ? footprintOfChain : footprintOfWeb;
    const peakOf = (saving: Saving): number =>
      memoryOf(footprintOf(runs, saving.recompute), { ...this.memory, ...saving }).peakBytes;
    return leastSaving(peakOf, this.memory.batch, this.budget);
  }

  /** `afterFirst`: a residual block comes before this one, so that stochastic depth applies to it. */
  private block(stage: Stage, index: number, flow: Flow, width: number, stride: number, afterFirst: boolean): Part {
    const dropPathRate = this.hasStochasticDepth && afterFirst ? this.baseline.regularisation.stochasticDepth : 0;
    return this.part(`${index} ${keyOf(flow)} ${width} ${stride} ${dropPathRate}`, flow, true, (builder, inputs) =>
      expandBlock(builder, inputs, stage, { prefix: stage.name, width, stride, dropPathRate }),
    );
  }

  private classifier(flow: Flow, hidden: readonly number[]): Part {
    const classifier = { ...this.baseline.classifier, hidden: [...hidden] };
    return this.part(`classifier ${keyOf(flow)} ${hidden}`, flow, false, (builder, [input]) => [
      expandClassifier(builder, input, { ...this.baseline, classifier }),
    ]);
  }

  private part(key: string, flow: Flow, isBlock: boolean, expand: Expand): Part {
    let part = this.parts.get(key);
    if (!part) {
      part = new Part(this.baseline, flow, isBlock, expand, this.memory);
      this.parts.set(key, part);
    }
    return part;
  }
}

type Expand = (builder: GraphBuilder, inputs: Tensors) => Tensors;

/** A block or the classifier at inputs of certain shapes. */
class Part {
  readonly cost: Cost;
  /** Whether it reads one tensor and writes one, as parts of a chain do. */
  readonly isLink: boolean;
  /** Whether a following part of the same kind gets the same shapes. */
  readonly keepsShape: boolean;
  /** What it passes on when it gets `flow`. Only shapes, and which tensors are identical, matter in it. */
  readonly next: Flow;
  /** Names of the tensors that its own layers read. */
  readonly reads: readonly string[];
  private readonly layers: readonly Layer[];
  private readonly shapes: ReadonlyMap<string, Shape>;
  private readonly inputs: Tensors;
  private readonly outputs: Tensors;
  private readonly footprints = new Map<string, SegmentFootprint>();
  private readonly ofLink = new Map<boolean, Footprint>();

  constructor(
    { batchNorm }: Architecture,
    readonly flow: Flow,
    private readonly isBlock: boolean,
    expand: Expand,
    private readonly memory: MemoryOptions,
  ) {
    const [{ shape: image }, ...others] = flow;
    const builder = new GraphBuilder(image, batchNorm);
    const nameOf = (index: number): string => (index === 0 ? 'input' : `input${index}`);
    others.forEach((tensor, i) => {
      if (flow.indexOf(tensor) === i + 1) builder.given(nameOf(i + 1), tensor.shape);
    });
    this.inputs = flow.map((tensor) => nameOf(flow.indexOf(tensor))) as unknown as Tensors;
    this.outputs = expand(builder, this.inputs);
    const { layers } = builder.finish(this.outputs[0]);
    this.layers = layers;
    const shapes = new Map(this.inputs.map((name) => [name, builder.shapeOf(name)]));
    for (const { name, shape } of layers) shapes.set(name, shape);
    this.shapes = shapes;
    this.cost = layers
      .map((layer) => layerCost(layer, layer.inputs.map((name) => shapes.get(name)) as [Shape, ...Shape[]]))
      .reduce(addCosts, noCost);
    this.reads = this.segment([]).inputs;
    this.isLink = flow.length === 1 && this.outputs.length === 1 && this.outputs[0] !== 'input';
    this.next = this.after(this.tensorsAt(flow));
    this.keepsShape = keyOf(this.next) === keyOf(flow);
  }

  /** The tensors that it reads and passes on, by their names inside it, when it gets `flow`. */
  tensorsAt(flow: Flow): Map<string, Tensor> {
    const tensors = new Map(this.inputs.map((name, i) => [name, flow[i] as Tensor]));
    for (const name of this.outputs)
      if (!tensors.has(name)) tensors.set(name, { shape: this.shapes.get(name) as Shape });
    return tensors;
  }

  /** Those of these tensors that it passes on. */
  after(tensors: ReadonlyMap<string, Tensor>): Flow {
    return this.outputs.map((name) => tensors.get(name)) as unknown as Flow;
  }

  /** Its footprint in a chain. */
  linkFootprint(recompute: boolean): Footprint {
    let footprint = this.ofLink.get(recompute);
    if (!footprint) {
      footprint = this.footprint(recompute, this.outputs, []).footprint;
      this.ofLink.set(recompute, footprint);
    }
    return footprint;
  }

  /** Its footprint when `readAfter` names its tensors that later parts read, and `keptBefore` those that earlier parts keep already. */
  footprint(recompute: boolean, readAfter: readonly string[], keptBefore: readonly string[]): SegmentFootprint {
    const key = `${recompute} ${readAfter} ${keptBefore}`;
    let footprint = this.footprints.get(key);
    if (!footprint) {
      const placed = { segment: this.segment(readAfter), shapes: this.shapes, keptBefore: new Set(keptBefore) };
      footprint = segmentFootprint(placed, engineMemory[this.memory.engine], recompute);
      this.footprints.set(key, footprint);
    }
    return footprint;
  }

  private segment(readAfter: readonly string[]): Segment {
    return segmentOf(this.layers, new Set(readAfter), this.isBlock);
  }
}

/** The footprint of parts that each read only the output of the part before. */
function footprintOfChain(runs: readonly Run[], recompute: boolean): Footprint {
  let total = noFootprint;
  for (const { part, times } of runs)
    total = addFootprints(total, repeatFootprint(part.linkFootprint(recompute), times));
  return total;
}

/** The footprint of parts some of which read more than the output of the part before; these are walked one by one. */
function footprintOfWeb(runs: readonly Run[], recompute: boolean): Footprint {
  const parts = runs.flatMap(({ part, times }) => new Array<Part>(times).fill(part));
  let flow = (parts[0] as Part).flow;
  const placed = parts.map((part) => {
    const tensors = part.tensorsAt(flow);
    flow = part.after(tensors);
    return { part, tensors, readAfter: [] as string[] };
  });
  const namesOf = (tensors: ReadonlyMap<string, Tensor>, some: ReadonlySet<Tensor>): string[] =>
    [...tensors].filter(([, tensor]) => some.has(tensor)).map(([name]) => name);
  const read = new Set<Tensor>([flow[0]]);
  for (const one of placed.toReversed()) {
    one.readAfter = namesOf(one.tensors, read);
    for (const name of one.part.reads) read.add(one.tensors.get(name) as Tensor);
  }
  const kept = new Set<Tensor>();
  let total = noFootprint;
  for (const { part, tensors, readAfter } of placed) {
    const { footprint, keptInputs } = part.footprint(recompute, readAfter, namesOf(tensors, kept));
    for (const name of keptInputs) kept.add(tensors.get(name) as Tensor);
    total = addFootprints(total, footprint);
  }
  return total;
}

/** Shapes of the tensors, and which of them are identical. */
function keyOf(flow: Flow): string {
  return flow.length === 1
    ? flow[0].shape.join()
    : flow.map((tensor) => `${flow.indexOf(tensor)}:${tensor.shape}`).join(' ');
}

function repeatCost({ macs, params, activations }: Cost, times: number): Cost {
  return { macs: macs * times, params: params * times, activations: activations * times };
}
