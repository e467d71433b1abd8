import { noSaving, type Saving } from '../../search/cost/saving.js';
import type { Plan, PlannedNetwork, PlannedPoint, PlannedTrial } from '../../search/plan/plan.js';
import type { Db } from '../database.js';

interface NetworkRow {
  id: string;
  architecture: string;
  macs: number;
  params: number;
  activations: number;
  peak_bytes: number;
}

/** The plan of a search, equal to the one that was stored but for the trials that `addTrials` has added. Throws a RangeError for an unknown search. */
export function readPlan(db: Db): (searchId: number) => Plan {
  const search = db.prepare<[number], { plan: string; hash: string }>('SELECT plan, hash FROM searches WHERE id = ?');
  const points = db.prepare<[number], PlannedPoint>(`
    SELECT role, alpha, beta, gamma, phi, nominal, realised, network_id AS networkId
    FROM points WHERE search_id = ? ORDER BY position`);
  const networks = db.prepare<[number], NetworkRow>('SELECT * FROM networks WHERE search_id = ? ORDER BY position');
  const trials = db.prepare<[number], PlannedTrial>(`
    SELECT trials.id, network_id AS networkId, replicate, seed
    FROM search_trials JOIN trials ON trials.key = trial WHERE search_id = ? ORDER BY position`);

  return (searchId) => {
    const row = search.get(searchId);
    if (!row) throw new RangeError(`no search ${searchId}`);
    // A plan from before trainings could save memory: none did.
    const { savings = {}, engine = 'wasm', machine = null, spec, ...rest } = JSON.parse(row.plan);
    return {
      ...rest,
      spec: { ...spec, memorySaving: spec.memorySaving ?? 'none' },
      engine,
      machine,
      points: points.all(searchId),
      networks: networks.all(searchId).map((network) => toNetwork(network, savings[network.id] ?? noSaving)),
      trials: trials.all(searchId),
      hash: row.hash,
    };
  };
}

function toNetwork(row: NetworkRow, saving: Saving): PlannedNetwork {
  const { id, architecture, macs, params, activations, peak_bytes: peakBytes } = row;
  return { id, network: JSON.parse(architecture), cost: { macs, params, activations }, saving, peakBytes };
}
