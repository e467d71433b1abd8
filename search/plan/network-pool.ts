import { InputError } from '../base/errors.js';
import { canonicalJson } from '../base/hash.js';
import { graphCost, refuseInexact } from '../cost/counts.js';
import { type MemoryOptions, predictMemory } from '../cost/memory-model.js';
import { type Measured, NetworkMeter } from '../cost/meter.js';
import { type Budget, leastSaving } from '../cost/saving.js';
import { type Architecture, networkId, networkIdentity } from '../network/architecture.js';
import { expand } from '../network/graph.js';
import type { Multipliers } from '../scaling/coefficients.js';
import type { Regularisation } from '../scaling/regularisation.js';
import { nearestResolution } from '../scaling/rounding.js';
import {
  type Dimensions,
  type RoundingOptions,
  scaleRepeats,
  scaleWidths,
  withDimensions,
} from '../scaling/scaling.js';

/** A network that one or more points round to. */
export interface MergedNetwork extends Measured {
  readonly id: string;
  readonly network: Architecture;
}

/**
 * A baseline and its scaled networks at one regularisation, each made and measured once: points that round to the same dimensions get
 * the same object.
 */
export class NetworkPool {
  readonly baseline: MergedNetwork;
  private readonly meter: NetworkMeter;
  /** The baseline with the regularisation of the scaled networks. */
  private readonly template: Architecture;
  private readonly byDimensions = new Map<string, MergedNetwork>();
  private readonly byId = new Map<string, MergedNetwork>();
  private readonly depths: RoundedAxis<number[]>;
  private readonly widths: RoundedAxis<Pick<Dimensions, 'widths' | 'hidden'>>;

  constructor(
    baseline: Architecture,
    private readonly rounding: RoundingOptions,
    regularisation: Regularisation,
    memory: MemoryOptions,
    budget: Budget,
  ) {
    const graph = expand(baseline);
    const fit = leastSaving((saving) => predictMemory(graph, { ...memory, ...saving }).peakBytes, memory.batch, budget);
    this.baseline = { id: networkId(baseline), network: baseline, cost: graphCost(graph), ...fit };
    this.byId.set(this.baseline.id, this.baseline);
    this.template = { ...baseline, regularisation };
    this.meter = new NetworkMeter(this.template, memory, budget);
    this.depths = new RoundedAxis((depth) => scaleRepeats(baseline, depth, rounding.rounding));
    this.widths = new RoundedAxis((width) => scaleWidths(baseline, width, rounding.rounding));
  }

  /** Macs at these multipliers over the baseline's, without keeping the network. */
  realisedAt(by: Multipliers): number {
    const { key, dimensions } = this.round(by);
    const { cost } = this.byDimensions.get(key) ?? this.measure(dimensions());
    return cost.macs / this.baseline.cost.macs;
  }

  /** The network at these multipliers. Throws an `InputError` where it is larger than a network may be, or its image too small. */
  networkAt(by: Multipliers): MergedNetwork {
    const { key, dimensions } = this.round(by);
    let merged = this.byDimensions.get(key);
    if (!merged) {
      const network = withDimensions(this.template, dimensions());
      merged = { id: networkId(network), network, ...this.measure(dimensions()) };
      refuseInexact(merged.cost);
      refuseCollision(merged, this.byId.get(merged.id));
      this.byDimensions.set(key, merged);
      this.byId.set(merged.id, merged);
    }
    return merged;
  }

  /** A network that `networkAt` has made, or the baseline. */
  networkOf({ networkId }: { readonly networkId: string }): MergedNetwork {
    const network = this.byId.get(networkId);
    if (!network) throw new Error(`network ${networkId} is not in the pool`);
    return network;
  }

  /** A network whose image becomes too small on the way is told with its input. */
  private measure(dimensions: Dimensions): Measured {
    try {
      return this.meter.measure(dimensions);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { resolutionPx } = dimensions;
      throw new InputError(error.code, `scaled to ${resolutionPx} px, ${error.message}`, { cause: error });
    }
  }

  private round({ depth, width, resolution }: Multipliers): { key: string; dimensions: () => Dimensions } {
    const repeats = this.depths.at(depth);
    const widths = this.widths.at(width);
    const { resolutionMultiple } = this.rounding;
    const resolutionPx = nearestResolution(this.template.resolutionPx, resolution, resolutionMultiple);
    return {
      key: `${repeats.index} ${widths.index} ${resolutionPx}`,
      dimensions: () => ({ repeats: repeats.value, ...widths.value, resolutionPx }),
    };
  }
}

/** Two networks under one id would share their trials. With 64 bits that is next to impossible, and would never be noticed. */
function refuseCollision({ id, network }: MergedNetwork, known: MergedNetwork | undefined): void {
  if (known && canonicalJson(networkIdentity(known.network)) !== canonicalJson(networkIdentity(network)))
    throw new Error(`two networks that differ have the id ${id}`);
}

interface Rounded<T> {
  readonly value: T;
  /** Equal for equal values. */
  readonly index: number;
}

/** What multipliers of depth or of width round to. A grid asks for few of them, many times each. */
class RoundedAxis<T> {
  private readonly byMultiplier = new Map<number, Rounded<T>>();
  private readonly byValue = new Map<string, Rounded<T>>();

  constructor(private readonly compute: (multiplier: number) => T) {}

  at(multiplier: number): Rounded<T> {
    let rounded = this.byMultiplier.get(multiplier);
    if (!rounded) {
      const value = this.compute(multiplier);
      const key = JSON.stringify(value);
      rounded = this.byValue.get(key) ?? { value, index: this.byValue.size };
      this.byValue.set(key, rounded);
      this.byMultiplier.set(multiplier, rounded);
    }
    return rounded;
  }
}
