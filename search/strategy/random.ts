import { z } from 'zod';
import { childSeed, Random } from '../base/random.js';
import type { Architecture, Stage } from '../network/architecture.js';
import { nearestWidth } from '../scaling/rounding.js';
import { type MeasuredNetwork, type Problem, proposeAll, type Step, type Strategy, strategyType } from './strategy.js';

/** So many draws in a row must give nothing new before the space counts as exhausted. */
const patience = 1000;

/** Steps from the baseline, stage by stage (MnasNet, arXiv 1807.11626, section 4.1). */
const layerSteps = [-1, 0, 1];
const widthFactors = [0.75, 1, 1.25];

const settings = z.strictObject({
  name: z.literal('random'),
  networks: z.int().min(1).max(100_000).describe('distinct networks to train beside the baseline'),
});

/**
 * Random search, the null that every other strategy has to beat: networks whose stages have one layer more or fewer and three quarters or five
 * quarters of the baseline's width, each drawn uniformly and independently. Networks beyond the limits are not trained. The networks have no
 * α, β, γ.
 */
export const random = strategyType({
  settings,
  plansGrid: false,
  begin: (problem, { networks }) => new RandomSearch(problem, networks),
});

class RandomSearch implements Strategy {
  private drawn: Draws | null = null;

  constructor(
    private readonly problem: Problem,
    private readonly count: number,
  ) {}

  next(history: Parameters<Strategy['next']>[0]): Step {
    const { trials, replicates } = this.problem;
    this.drawn ??= draw(this.problem, this.count);
    const { networks, notes } = this.drawn;
    const rounds = Array.from({ length: replicates }, (_, replicate) =>
      networks.map(({ id: networkId }) => ({ networkId, replicate })),
    );
    return { ...proposeAll([...trials, ...rounds.flat()], history, networks), notes };
  }
}

interface Draws {
  readonly networks: readonly MeasuredNetwork[];
  readonly notes: readonly string[];
}

/** So many distinct networks, or as many as the space holds. */
function draw(problem: Problem, count: number): Draws {
  const seen = new Set(problem.networks.map(({ id }) => id));
  const networks: MeasuredNetwork[] = [];
  let beyond = 0;
  for (let draws = 0, last = 0; networks.length < count && draws - last < patience; draws++) {
    const network = problem.measure(mutated(problem.baseline, new Random(childSeed(problem.seed, 'random', draws))));
    if (seen.has(network.id)) continue;
    seen.add(network.id);
    last = draws;
    if (network.exceeded.length > 0) beyond++;
    else networks.push(network);
  }
  if (networks.length === count) return { networks, notes: [] };
  const left = beyond > 0 ? `; ${beyond} more are beyond the limits` : '';
  return { networks, notes: [`random search has found ${networks.length} of ${count} networks, all there are${left}`] };
}

/** A network near the baseline. */
function mutated(baseline: Architecture, random: Random): Architecture {
  const pick = (values: readonly number[]): number => values[random.below(values.length)] as number;
  const stages = baseline.stages.map((stage) => {
    const repeats = stage.scaleDepth === false ? stage.repeats : Math.max(1, stage.repeats + pick(layerSteps));
    const width =
      stage.scaleWidth === false ? stage.width : nearestWidth(stage.width, pick(widthFactors), baseline.widthDivisor);
    return { ...stage, repeats, width } as Stage;
  });
  return { ...baseline, stages };
}
