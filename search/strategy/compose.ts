import { childSeed } from '../base/random.js';
import { graphCost } from '../cost/counts.js';
import { exceededLimits } from '../cost/limits.js';
import { memoryOptions, predictMemory } from '../cost/memory-model.js';
import { leastSaving } from '../cost/saving.js';
import { type Architecture, networkId } from '../network/architecture.js';
import { expand } from '../network/graph.js';
import { fitNetwork } from '../plan/fit-plan.js';
import type { Plan } from '../plan/plan.js';
import { SuccessiveHalving } from './halving.js';
import { strategies } from './registry.js';
import { FrontReplication } from './replicate-planned.js';
import type { History, MeasuredNetwork, Problem, Step, Strategy, StrategyType } from './strategy.js';

/**
 * The whole strategy of a search: the one that its experiment names; then further seeds for the front, within the seed budget; around both,
 * where the experiment asks for it, early stopping.
 */
export function strategyOf(plan: Plan, registry: Readonly<Record<string, StrategyType>> = strategies): Strategy {
  const { strategy: settings, earlyStopping } = plan.spec;
  const type = registry[settings.name];
  if (!type) throw new RangeError(`no strategy ${settings.name}`);
  const strategy = inTurn(type.begin(problemOf(plan), settings), new FrontReplication(plan));
  return earlyStopping ? new SuccessiveHalving(strategy, plan, earlyStopping) : strategy;
}

/** One strategy after the other: each begins when those before it are done. */
export function inTurn(...strategies: readonly Strategy[]): Strategy {
  return {
    next(history: History): Step {
      const notes: string[] = [];
      for (const strategy of strategies) {
        const step = strategy.next(history);
        notes.push(...step.notes);
        if (step.state !== 'done') return { ...step, notes };
      }
      return { state: 'done', notes };
    },
  };
}

/** What the strategy of a plan is given to search. */
export function problemOf(plan: Plan): Problem {
  const { spec, baseline, networks, trials } = plan;
  return {
    baseline,
    networks,
    trials,
    replicates: spec.replicates,
    seed: childSeed(spec.seed, 'strategy'),
    measure: (network) => measureNetwork(plan, network),
  };
}

/** A network as a search trains it: with as much saving of memory as its limits and its machine ask for. */
function measureNetwork(plan: Plan, network: Architecture): MeasuredNetwork {
  const { spec, recipe, engine, machine, baselineCost } = plan;
  const graph = expand(network);
  const options = memoryOptions(recipe, engine);
  const peakOf = (saving: Parameters<Parameters<typeof leastSaving>[0]>[0]): number =>
    predictMemory(graph, { ...options, ...saving }).peakBytes;
  const { memoryBytes: limitBytes = Number.POSITIVE_INFINITY } = spec.limits;
  const fit = leastSaving(peakOf, recipe.batch, { limitBytes, allowed: spec.memorySaving });
  const measured = { id: networkId(network), network, cost: graphCost(graph), ...fit };
  const planned = machine ? fitNetwork(measured, plan, machine) : measured;
  const exceeded: string[] = exceededLimits(measured, spec.limits, baselineCost.macs).map(({ limit }) => limit);
  if (machine && planned.peakBytes > machine.memoryBytes) exceeded.push('machine memory');
  return { ...planned, exceeded };
}
