import { type Architecture, networkId } from './architecture.js';
import type { Multipliers } from './coefficients.js';
import type { MemoryOptions } from './memory.js';
import { type Measured, NetworkMeter } from './meter.js';
import type { Regularisation } from './regularisation.js';
import { type Dimensions, type RoundingOptions, scaleDimensions, withDimensions } from './scaling.js';

/** A network that one or more points round to. */
export interface MergedNetwork extends Measured {
  readonly id: string;
  readonly network: Architecture;
}

/**
 * The scaled networks of one baseline at one regularisation, each made and measured once: points that round to the same dimensions
 * get the same object.
 */
export class NetworkPool {
  private readonly networks = new Map<string, MergedNetwork>();
  private readonly meter: NetworkMeter;
  /** With the regularisation of the scaled networks. */
  private readonly template: Architecture;

  constructor(
    baseline: Architecture,
    private readonly rounding: RoundingOptions,
    regularisation: Regularisation,
    memory: MemoryOptions,
  ) {
    this.template = { ...baseline, regularisation };
    this.meter = new NetworkMeter(this.template, memory);
  }

  /** Macs of one image at these multipliers, without keeping the network. */
  macsAt(by: Multipliers): number {
    const dimensions = scaleDimensions(this.template, by, this.rounding);
    return (this.networks.get(keyOf(dimensions)) ?? this.meter.measure(dimensions)).cost.macs;
  }

  networkAt(by: Multipliers): MergedNetwork {
    const dimensions = scaleDimensions(this.template, by, this.rounding);
    const key = keyOf(dimensions);
    let merged = this.networks.get(key);
    if (!merged) {
      const network = withDimensions(this.template, dimensions);
      merged = { id: networkId(network), network, ...this.meter.measure(dimensions) };
      this.networks.set(key, merged);
    }
    return merged;
  }
}

function keyOf({ repeats, widths, hidden, resolutionPx }: Dimensions): string {
  return `${repeats} ${widths} ${hidden} ${resolutionPx}`;
}
