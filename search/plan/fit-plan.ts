import type { EngineName } from '../cost/engine-memory.js';
import { type MachineMemory, memoryOptions, predictMemory } from '../cost/memory-model.js';
import type { Saving, SavingLevel } from '../cost/saving.js';
import { leastSaving } from '../cost/saving.js';
import { expand } from '../network/graph.js';
import { type Plan, type PlannedNetwork, withNetworks } from './plan.js';
import type { Recipe } from './recipe.js';

export interface FitPlanOptions {
  /** By network, where they are known; default those of the plan. */
  readonly savings?: ReadonlyMap<string, Saving>;
  /** How far more may be saved; default as far as the experiment allows. */
  readonly allowed?: SavingLevel;
}

/**
 * A plan for a machine: each network saves as much memory as it takes to fit there, and at least what the limits of the experiment made it
 * save. Micro-batches make other trials of it, under other ids and another hash; a plan that fits as it is keeps its own. A network that cannot
 * be made to fit stays as it is planned: `misfits` finds it.
 */
export function fitPlan(plan: Plan, machine: MachineMemory, { savings, allowed }: FitPlanOptions = {}): Plan {
  const isPredicted = machine.engine === (plan.machine?.engine ?? plan.engine) && !savings;
  const networks = plan.networks.map((planned) => {
    // What most networks are; predicting them all again takes a while.
    if (isPredicted && planned.peakBytes <= machine.memoryBytes) return planned;
    return fitNetwork({ ...planned, saving: savings?.get(planned.id) ?? planned.saving }, plan, machine, allowed);
  });
  return { ...withNetworks(plan, networks), machine };
}

/** A network that saves at least as much memory as it does, and as much as it takes to fit; as it is where it cannot. */
export function fitNetwork(
  planned: PlannedNetwork,
  { recipe, spec }: Pick<Plan, 'recipe' | 'spec'>,
  { engine, memoryBytes }: MachineMemory,
  allowed: SavingLevel = spec.memorySaving,
): PlannedNetwork {
  const peakOf = predictor(planned, recipe, engine);
  const { saving: asked } = planned;
  const fit = leastSaving(peakOf, recipe.batch, { limitBytes: memoryBytes, allowed, asked });
  return { ...planned, ...(fit.peakBytes <= memoryBytes ? fit : { peakBytes: peakOf(asked) }) };
}

/** The plan with the savings that another one has for its networks. */
export function withSavingsOf(plan: Plan, other: Plan): Plan {
  const savings = savingsOf(other);
  const networks = plan.networks.map((planned) => ({ ...planned, saving: savings.get(planned.id) ?? planned.saving }));
  return withNetworks(plan, networks);
}

/** How each network of a plan saves memory. */
export function savingsOf({ networks }: Plan): ReadonlyMap<string, Saving> {
  return new Map(networks.map(({ id, saving }) => [id, saving]));
}

/** A network that fits into no slot. */
export interface Misfit {
  readonly network: PlannedNetwork;
  /** With as much saving as the experiment allows. */
  readonly least: { readonly saving: Saving; readonly peakBytes: number };
}

/** The networks of a fitted plan that its machine has no memory for, the largest first. */
export function misfits({ networks, recipe, spec, machine, engine }: Plan, memoryBytes: number): Misfit[] {
  return networks
    .filter(({ peakBytes }) => peakBytes > memoryBytes)
    .sort((a, b) => b.peakBytes - a.peakBytes)
    .map((planned) => {
      const peakOf = predictor(planned, recipe, machine?.engine ?? engine);
      const budget = { limitBytes: 0, allowed: spec.memorySaving, asked: planned.saving };
      return { network: planned, least: leastSaving(peakOf, recipe.batch, budget) };
    });
}

/** Predicts the peak memory of a network's training with a saving, bytes. */
function predictor({ network }: PlannedNetwork, recipe: Recipe, engine: EngineName): (saving: Saving) => number {
  const graph = expand(network);
  const options = memoryOptions(recipe, engine);
  return (saving) => predictMemory(graph, { ...options, ...saving }).peakBytes;
}
