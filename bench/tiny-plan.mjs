import { parseArchitecture } from '../dist/search/network/architecture.js';
import { parseExperiment } from '../dist/search/plan/experiment.js';
import { makePlan } from '../dist/search/plan/plan.js';

/** A hundred replicates each of as many tiny networks as it takes. */
export function planOf(trials) {
  const baseline = parseArchitecture({
    name: 'tiny',
    resolutionPx: 8,
    channels: 3,
    classes: 12,
    stages: [{ name: 'stage1', block: 'conv', width: 8, repeats: 1, stride: 1, scaleWidth: false }],
    classifier: { pool: 'average' },
    regularisation: { dropout: 0, stochasticDepth: 0 },
    widthDivisor: 8,
    batchNorm: { epsilon: 1e-3, momentum: 0.99 },
  });
  const spec = parseExperiment({
    name: 'overhead',
    question: 'How many trials a second does the coordinator move?',
    baseline,
    data: { source: 'shapes' },
    grid: {
      alpha: { from: 1, to: 10, step: 1 },
      beta: { from: 1, to: 1, step: 1 },
      gamma: { from: 1, to: 1 + (trials / 1000 - 1) / 10, step: 0.1 },
      product: 600,
      tolerance: 1024,
    },
    scaling: { rounding: 'nearest' },
    singleDimension: false,
    training: { epochs: 1 },
    replicates: 100,
    resolutionPx: 320,
  });
  return makePlan(spec, baseline);
}
