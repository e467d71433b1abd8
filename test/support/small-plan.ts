import { type Architecture, networkId, parseArchitecture } from '../../search/architecture.js';
import { parseExperiment } from '../../search/experiment.js';
import { digest, shortId } from '../../search/hash.js';
import type { Plan, PlannedNetwork, PlannedPoint, PlannedTrial } from '../../search/plan.js';
import { childSeed } from '../../search/random.js';

/** A plan in the form that planning makes, of networks so small that the store, the executors and the coordinator are what is tested. */
export function smallPlan({
  networks = 3,
  replicates = 2,
  epochs = 2,
  seed = 1,
}: {
  networks?: number;
  replicates?: number;
  epochs?: number;
  seed?: number;
} = {}): Plan {
  const baseline = network(8, 1);
  const spec = parseExperiment({
    name: 'small',
    question: 'Does every trial end once?',
    baseline,
    data: { source: 'shapes' },
    training: { epochs },
    seed,
    replicates,
  });
  const planned: PlannedNetwork[] = Array.from({ length: networks }, (_, i) => {
    const wide = network(8 + 8 * (i % 4), 1 + Math.floor(i / 4));
    const macs = 1000 * (i + 1);
    return {
      id: networkId(wide),
      network: wide,
      cost: { macs, params: 10 * (i + 1), activations: 100 },
      peakBytes: 1e6,
    };
  });
  const points: PlannedPoint[] = planned.map(({ id, cost }, i) => ({
    role: i === 0 ? 'baseline' : 'grid',
    alpha: 1 + i / 10,
    beta: 1.1,
    gamma: 1.05,
    phi: 1,
    nominal: 2,
    realised: cost.macs / 1000,
    networkId: id,
  }));
  const trials: PlannedTrial[] = planned.flatMap(({ id }) =>
    Array.from({ length: replicates }, (_, replicate) => {
      const trialSeed = childSeed(seed, 'trial', id, replicate);
      return { id: shortId({ id, recipe: spec.training, trialSeed }), networkId: id, replicate, seed: trialSeed };
    }),
  );
  const content = {
    spec,
    baseline,
    baselineCost: { macs: 1000, params: 10, activations: 100 },
    dataset: spec.data,
    recipe: spec.training,
    points,
    networks: planned,
    trials,
    removed: [{ limit: 'macs', max: 1e9, points: 2, overBy: { min: 1.1, max: 3 } }],
  };
  return { ...content, warnings: ['a warning'], hash: digest(content) };
}

function network(width: number, repeats: number): Architecture {
  return parseArchitecture({
    name: `w${width}r${repeats}`,
    resolutionPx: 32,
    channels: 3,
    classes: 3,
    stages: [{ name: 'stage1', block: 'conv', width, repeats, stride: 1 }],
    classifier: { pool: 'average' },
    regularisation: { dropout: 0, stochasticDepth: 0 },
    widthDivisor: 8,
    batchNorm: { epsilon: 1e-3, momentum: 0.99 },
  });
}
