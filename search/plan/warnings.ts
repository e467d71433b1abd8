import { exceededLimits } from '../cost/limits.js';
import type { Saving } from '../cost/saving.js';
import type { Architecture } from '../network/architecture.js';
import { catalogue } from '../network/catalogue/index.js';
import { featureSide } from '../network/graph.js';
import { isWithinTolerance, targetRatio, targetTolerance } from '../scaling/target.js';
import type { ExperimentSpec } from './experiment.js';
import type { MergedNetwork } from './network-pool.js';

interface Planned {
  readonly spec: ExperimentSpec;
  readonly baseline: MergedNetwork;
  /** Cost of each grid point that is left, over the baseline's. */
  readonly realised: readonly number[];
  /** Grid points whose direction cannot reach the target cost. */
  readonly unreached: number;
  /** Points of the single-dimension series that the limits forbid. */
  readonly seriesLeftOut: number;
}

/** Below this side the classifier averages over too few places to gain from resolution. */
const smallestSide = 4;

/** What somebody should know before the plan is run, a sentence each. */
export function planWarnings(plan: Planned): string[] {
  return [
    ...strideWarning(plan.baseline.network),
    ...costWarning(plan),
    ...limitWarnings(plan),
    ...scheduleWarning(plan.spec),
  ];
}

/** Says when some trainings measure batch norm over parts of a batch. */
export function savingWarnings(networks: readonly { readonly saving: Saving }[]): string[] {
  const parted = networks.filter(({ saving }) => saving.microBatches > 1).length;
  if (parted === 0) return [];
  return [
    `${parted} of ${networks.length} networks train each batch in parts to fit into memory, and batch norm measures each part on its own: ` +
      'they are not compared on quite equal terms with the others. A smaller training.batch for all avoids that.',
  ];
}

/** Says when the image is too small for the network's stride: at a side of 1 every later convolution sees one place. */
export function strideWarning(network: Architecture): string[] {
  const side = featureSide(network);
  if (side >= smallestSide) return [];
  const stride = network.stages.reduce((product, stage) => product * stage.stride, 1);
  const small = `${network.name}-small`;
  const remedy = Object.hasOwn(catalogue, small) ? `use ${small}` : 'use a baseline of a smaller stride';
  return [
    `${network.name} has stride ${stride}: an image of ${network.resolutionPx} px reaches the classifier as ${side}×${side}. ` +
      `For images of this size ${remedy}, or raise the resolution.`,
  ];
}

function costWarning({ spec, realised, unreached }: Planned): string[] {
  const warnings: string[] = [];
  const target = targetRatio(spec);
  const percent = Number((100 * targetTolerance(spec)).toPrecision(3));
  const within = realised.filter((ratio) => isWithinTolerance(ratio, spec)).length;
  if (within < realised.length / 2) {
    const remedy = spec.scaling.retarget
      ? 'A larger resolution or a smaller widthDivisor makes for finer steps.'
      : 'scaling.retarget with scaling.rounding "nearest" brings them nearer.';
    warnings.push(
      `Only ${within} of ${realised.length} points realise ×${target} ± ${percent} % after rounding, so that accuracy is not compared at ` +
        `equal cost. ${remedy}`,
    );
  }
  if (unreached > 0) warnings.push(`${unreached} points cannot reach ×${target} in their direction and are left out.`);
  return warnings;
}

function limitWarnings({ spec, baseline, seriesLeftOut }: Planned): string[] {
  const exceeded = exceededLimits(baseline, spec.limits, baseline.cost.macs);
  return [
    ...exceeded.map(
      ({ limit, max, factor }) => `The baseline itself is over ${limit} ≤ ${max} by ×${factor.toPrecision(3)}.`,
    ),
    ...(seriesLeftOut > 0 ? [`The limits leave out ${seriesLeftOut} points of the single-dimension series.`] : []),
  ];
}

function scheduleWarning({ training }: ExperimentSpec): string[] {
  return training.warmupEpochs >= training.epochs
    ? [
        `training.warmupEpochs is ${training.warmupEpochs} of ${training.epochs} epochs: the learning rate never comes down.`,
      ]
    : [];
}
