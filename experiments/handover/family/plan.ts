import { existsSync } from 'node:fs';
import { StoreReader } from '../../../db/reader.js';
import { digest } from '../../../search/base/hash.js';
import type { MachineMemory } from '../../../search/cost/memory-model.js';
import { noSaving } from '../../../search/cost/saving.js';
import type { SeedNoise } from '../../../search/evidence/noise.js';
import { fitNetwork } from '../../../search/plan/fit-plan.js';
import type { Plan, PlannedNetwork, PlannedPoint } from '../../../search/plan/plan.js';
import { planTrials } from '../../../search/plan/trials.js';
import { readSearchEvidence } from '../evidence.js';
import type { Trained } from '../exports/family-tables.js';
import { trainedAccuracies } from './compare.js';
import type { FamilyRecord, FamilyRow } from './record.js';

/** The store of a family's trainings: beside the search, whose own choice they must not affect. */
export function familyStore(store: string): string {
  return `${store.replace(/\.(sqlite3?|db)$/i, '')}.family.sqlite`;
}

/**
 * A plan that trains the networks of a family with the recipe of their search, each with `seeds` seeds. It has its own hash and no seed budget,
 * so that all networks are compared on equal terms. With a machine, networks save as much memory as they must to fit into it.
 */
export function familyPlan(parent: Plan, family: FamilyRecord, seeds: number, machine: MachineMemory | null): Plan {
  const spec = {
    ...parent.spec,
    name: `${parent.spec.name}-family`,
    question: `How do the coefficients of ${parent.spec.name} compare with single dimensions and the fast rule at equal cost?`,
    replicates: seeds,
    seedBudget: 0,
  };
  const points = family.rows.map((row) => pointOf(row, family));
  const plain = [...new Map(family.rows.map((row) => [row.networkId, networkOf(row)])).values()];
  const networks = machine
    ? plain.map((network) => fitNetwork(network, { recipe: parent.recipe, spec }, machine))
    : plain;
  const trials = planTrials(spec, networks);
  const planned = points.map(({ role, alpha, beta, gamma, phi, networkId }) => {
    return { role, alpha, beta, gamma, phi, networkId };
  });
  return {
    ...parent,
    spec,
    points,
    machine,
    networks,
    trials,
    gridPointsBeforeLimits: points.length,
    removed: [],
    warnings: [],
    hash: digest({ family: parent.hash, points: planned, trials: trials.map(({ id }) => id) }),
  };
}

function networkOf({ networkId: id, network, cost, peakBytes }: FamilyRow): PlannedNetwork {
  return { id, network, cost, saving: noSaving, peakBytes };
}

/** A member at its coefficients and φ; a rival at its own multipliers, which are coefficients at φ = 1. */
function pointOf({ rule, phi, multipliers, realised, networkId }: FamilyRow, { chosen }: FamilyRecord): PlannedPoint {
  const { depth, width, resolution } = multipliers;
  const nominal = depth * width ** 2 * resolution ** 2;
  if (rule === 'compound') {
    const role = phi === 0 ? 'baseline' : 'grid';
    return { role, ...chosen, phi, nominal, realised, networkId };
  }
  const role = rule === 'fast' ? 'grid' : rule;
  return { role, alpha: depth, beta: width, gamma: resolution, phi: 1, nominal, realised, networkId };
}

/** The results of a trained family. */
export interface TrainedFamily {
  readonly trained: Trained;
  readonly noise: SeedNoise;
  readonly store: string;
}

/** Reads the trainings of a family beside the store of its search: those of one plan, or of the latest one; null if nothing was trained. */
export function readTrainedFamily(searchStore: string, searchId?: number): TrainedFamily | null {
  const file = familyStore(searchStore);
  if (!existsSync(file)) return null;
  const reader = StoreReader.open(file);
  try {
    const summary = reader.searches().findLast(({ id }) => searchId === undefined || id === searchId);
    if (!summary) return null;
    const { selection } = readSearchEvidence(reader, summary);
    return { trained: trainedAccuracies(selection), noise: selection.noise, store: reader.file };
  } finally {
    reader.close();
  }
}
