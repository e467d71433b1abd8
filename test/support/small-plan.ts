import { parseArchitecture } from '../../search/network/architecture.js';
import { parseExperiment } from '../../search/plan/experiment.js';
import { makePlan, type Plan } from '../../search/plan/plan.js';

/** What a small plan holds: a network for each depth and resolution, the first of them the baseline. */
export interface SmallPlanOptions {
  /** From 1 to 16. */
  readonly depths?: number;
  /** From 1 to 16. */
  readonly resolutions?: number;
  readonly replicates?: number;
  /** Trainings for the front beyond those; default what an experiment has by default. */
  readonly seedBudget?: number;
  readonly earlyStopping?: { readonly eta: number; readonly firstEpochs: number; readonly by: 'epochs' | 'macs' };
  readonly epochs?: number;
  readonly seed?: number;
  /** Training images; default 64. */
  readonly images?: number;
}

const tiny = {
  name: 'tiny',
  resolutionPx: 8,
  channels: 3,
  classes: 12,
  stages: [{ name: 'stage1', block: 'conv', width: 8, repeats: 1, stride: 1, scaleWidth: false }],
  classifier: { pool: 'average' },
  regularisation: { dropout: 0, stochasticDepth: 0 },
  widthDivisor: 8,
  batchNorm: { epsilon: 1e-3, momentum: 0.99 },
};

/** The experiment of a small plan, as a file holds it. */
export function smallExperiment(options: SmallPlanOptions = {}): object {
  const {
    depths = 3,
    resolutions = 1,
    replicates = 2,
    seedBudget,
    earlyStopping,
    epochs = 2,
    seed = 1,
    images = 64,
  } = options;
  return {
    name: 'small',
    question: 'Does every trial end once?',
    baseline: tiny,
    data: { source: 'shapes', train: images, validation: 24, test: 24 },
    grid: {
      alpha: { from: 1, to: depths, step: 1 },
      beta: { from: 1, to: 1, step: 1 },
      gamma: { from: 1, to: resolutions, step: 1 },
      product: 1,
      tolerance: 1024,
    },
    scaling: { rounding: 'nearest' },
    singleDimension: false,
    training: { epochs, batch: 16 },
    seed,
    replicates,
    ...(seedBudget === undefined ? {} : { seedBudget }),
    ...(earlyStopping === undefined ? {} : { earlyStopping }),
  };
}

/** A plan of networks so small that what runs it, not what it runs, is tested. By default 3 networks, 6 trials of 2 epochs. */
export function smallPlan(options: SmallPlanOptions = {}): Plan {
  const { depths = 3, resolutions = 1 } = options;
  const plan = makePlan(parseExperiment(smallExperiment(options)), parseArchitecture(tiny));
  if (plan.networks.length !== depths * resolutions)
    throw new Error(`${plan.networks.length} networks, not ${depths * resolutions}`);
  return plan;
}
