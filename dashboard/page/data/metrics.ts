import type { FamilyRow } from '../../api.js';
import { bytes, count, seconds, shortCount } from './format.js';
import type { NetworkRow } from './model.js';

/** What a network costs, as an axis. */
export interface CostMetric {
  readonly label: string;
  /** The convention, as the axis says it. */
  readonly unit: string;
  readonly of: (row: NetworkRow) => number | null;
  readonly show: (value: number) => string;
  /** As `show`, in the fewest digits. */
  readonly tick: (value: number) => string;
}

export type CostMetricName = 'macs' | 'params' | 'activations' | 'secondsPerImage' | 'memory';

export const costMetrics: Readonly<Record<CostMetricName, CostMetric>> = {
  macs: {
    label: 'Multiply-adds',
    unit: 'macs per image',
    of: ({ network }) => network.cost.macs,
    show: count,
    tick: shortCount,
  },
  params: {
    label: 'Parameters',
    unit: 'trainable parameters',
    of: ({ network }) => network.cost.params,
    show: count,
    tick: shortCount,
  },
  activations: {
    label: 'Activations',
    unit: 'elements that convolution and dense layers write per image',
    of: ({ network }) => network.cost.activations,
    show: count,
    tick: shortCount,
  },
  secondsPerImage: {
    label: 'Measured time',
    unit: 'seconds of training per image, last epoch',
    of: ({ secondsPerImage }) => secondsPerImage,
    show: seconds,
    tick: seconds,
  },
  memory: {
    label: 'Predicted memory',
    unit: "predicted peak bytes in training, at the recipe's batch",
    of: ({ network }) => network.peakBytes,
    show: bytes,
    tick: bytes,
  },
};

export type FamilyMeasure = 'activations' | 'params' | 'macs' | 'memory';

export const familyMeasures: Readonly<
  Record<
    FamilyMeasure,
    {
      readonly label: string;
      readonly of: (row: FamilyRow) => number;
      readonly show: (n: number) => string;
      readonly tick: (n: number) => string;
    }
  >
> = {
  activations: { label: 'Activations per image', of: ({ cost }) => cost.activations, show: count, tick: shortCount },
  params: { label: 'Trainable parameters', of: ({ cost }) => cost.params, show: count, tick: shortCount },
  macs: { label: 'Multiply-adds per image', of: ({ cost }) => cost.macs, show: count, tick: shortCount },
  memory: { label: 'Predicted peak memory in training', of: ({ peakBytes }) => peakBytes, show: bytes, tick: bytes },
};
