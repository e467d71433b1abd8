import type { Architecture, Stage } from '../network/architecture.js';
import { blockTypes, expandBlock } from '../network/blocks/index.js';
import { expandClassifier } from '../network/graph.js';
import { GraphBuilder } from '../network/graph-builder.js';
import type { LayerGraph, Shape } from '../network/layers.js';
import type { Dimensions } from '../scaling/scaling.js';
import { addCosts, type Cost, layerCost, mapLayers, noCost } from './counts.js';
import { engineMemory } from './engine-memory.js';
import { type Budget, type Fit, leastSaving } from './fit.js';
import {
  addFootprints,
  type Footprint,
  footprintOf,
  noFootprint,
  recomputedFootprint,
  repeatFootprint,
} from './footprint.js';
import { type MemoryOptions, memoryOf } from './memory-model.js';
import type { Saving } from './saving.js';

/** What planning needs to know of a network: its cost, how it is trained within the budget of memory, and the predicted peak of that. */
export interface Measured extends Fit {
  readonly cost: Cost;
}

interface Part extends Readonly<{ cost: Cost; footprint: Footprint }> {
  readonly input: Shape;
  /** Shape of what the part writes. */
  readonly shape: Shape;
}

/** Equal parts that follow each other. */
interface Run {
  readonly part: Part;
  readonly times: number;
  readonly isBlock: boolean;
}

/**
 * Measures scaled networks of one baseline, many a millisecond: blocks are expanded into layers and counted by the same functions
 * as whole networks, but an equal block at an equal input only once. Agrees with `graphCost` and `fitTraining` of the whole graph.
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
    const input: Shape = [resolutionPx, resolutionPx, this.baseline.channels];
    const runs: Run[] = [];
    let cost = noCost;
    let shape = input;
    let residualIndex = 0;
    const append = (part: Part, times: number, isBlock: boolean) => {
      runs.push({ part, times, isBlock });
      cost = addCosts(cost, repeatCost(part.cost, times));
      shape = part.shape;
    };
    this.baseline.stages.forEach((stage, i) => {
      const width = widths[i] as number;
      const count = repeats[i] as number;
      append(this.block(stage, i, shape, width, stage.stride, residualIndex > 0), 1, true);
      if (count > 1) append(this.block(stage, i, shape, width, 1, true), count - 1, true);
      if (blockTypes[stage.block].residual) residualIndex += count;
    });
    append(this.classifier(shape, dimensions.hidden), 1, false);
    return { cost, ...this.fit(runs) };
  }

  private fit(runs: readonly Run[]): Fit {
    const peakOf = (saving: Saving): number => {
      let footprint = noFootprint;
      for (const { part, times, isBlock } of runs) {
        const own = saving.recompute && isBlock ? recomputedFootprint(part.footprint, part.input) : part.footprint;
        footprint = addFootprints(footprint, repeatFootprint(own, times));
      }
      return memoryOf(footprint, { ...this.memory, ...saving }).peakBytes;
    };
    return leastSaving(peakOf, this.memory.batch, this.budget);
  }

  /** `afterFirst`: some residual block stands before this one, so that stochastic depth applies to it. */
  private block(stage: Stage, index: number, input: Shape, width: number, stride: number, afterFirst: boolean): Part {
    const dropPathRate = this.hasStochasticDepth && afterFirst ? this.baseline.regularisation.stochasticDepth : 0;
    return this.part(`${index} ${input} ${width} ${stride} ${dropPathRate}`, input, (builder) =>
      expandBlock(builder, 'input', stage, { prefix: stage.name, width, stride, dropPathRate }),
    );
  }

  private classifier(input: Shape, hidden: readonly number[]): Part {
    const classifier = { ...this.baseline.classifier, hidden: [...hidden] };
    return this.part(`classifier ${input} ${hidden}`, input, (builder) =>
      expandClassifier(builder, 'input', { ...this.baseline, classifier }),
    );
  }

  private part(key: string, input: Shape, expand: (builder: GraphBuilder) => string): Part {
    let part = this.parts.get(key);
    if (!part) {
      const builder = new GraphBuilder(input, this.baseline.batchNorm);
      const output = expand(builder);
      part = { ...this.count(builder.finish(output)), input, shape: builder.shapeOf(output) };
      this.parts.set(key, part);
    }
    return part;
  }

  private count(graph: LayerGraph): Pick<Part, 'cost' | 'footprint'> {
    return {
      cost: mapLayers(graph, layerCost).reduce(addCosts, noCost),
      footprint: footprintOf(graph, engineMemory[this.memory.engine]),
    };
  }
}

function repeatCost({ macs, params, activations }: Cost, times: number): Cost {
  return { macs: macs * times, params: params * times, activations: activations * times };
}
