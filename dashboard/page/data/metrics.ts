import type { FamilyRow } from '../../api.js';
import { bytes, count, seconds, shortCount } from './format.js';
import type { NetworkRow } from './model.js';

/** A cost of a network, for the axis of a chart. */
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
    unit: 'MACs per image',
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
    unit: 'output elements of convolution and dense layers, per image',
    of: ({ network }) => network.cost.activations,
    show: count,
    tick: shortCount,
  },
  secondsPerImage: {
    label: 'Measured training time',
    unit: 'training time per image, last epoch',
    of: ({ secondsPerImage }) => secondsPerImage,
    show: seconds,
    tick: seconds,
  },
  memory: {
    label: 'Predicted memory',
    unit: "predicted peak memory in training, at the recipe's batch size",
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
