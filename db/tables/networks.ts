import { isSaving, noSaving, type Saving } from '../../search/cost/saving.js';
import type { Plan, PlannedNetwork, PlannedPoint, PlannedTrial } from '../../search/plan/plan.js';
import type { Db } from '../file/database.js';
import type { StoredProposal } from '../records.js';

/** A network that a strategy proposes during a search. It needs no α, β, γ. */
export interface ProposedNetwork extends PlannedNetwork {
  /** The network that it was derived from, one of the same search. */
  readonly parentId?: string | null;
  /** Whatever else the strategy wants to know of it later: a JSON value. */
  readonly detail?: unknown;
}

interface NetworkRow {
  id: string;
  architecture: string;
  macs: number;
  params: number;
  activations: number;
  peak_bytes: number;
  /** NULL for a network of the plan. */
  saving: string | null;
}

type ProposalRow = Omit<StoredProposal, 'detail'> & { readonly detail: string | null };

/** Queries of the tables `networks`, `points` and `proposals`, and of the plans that are made of them. */
export function networkQueries(db: Db) {
  const search = db.prepare<[number], { plan: string; hash: string }>('SELECT plan, hash FROM searches WHERE id = ?');
  const points = db.prepare<[number, number], PlannedPoint>(`
    SELECT role, alpha, beta, gamma, phi, nominal, realised, network_id AS networkId
    FROM points WHERE search_id = ? AND position >= ? ORDER BY position`);
  const networks = db.prepare<[number, number], NetworkRow>(
    'SELECT * FROM networks WHERE search_id = ? AND position >= ? ORDER BY position',
  );
  const trials = db.prepare<[number], PlannedTrial>(`
    SELECT trials.id, network_id AS networkId, replicate, seed
    FROM search_trials JOIN trials ON trials.key = trial WHERE search_id = ? ORDER BY position`);
  const planned = db
    .prepare<[number], number>('SELECT count(*) FROM points WHERE search_id = ? AND proposed = 0')
    .pluck();
  const proposals = db.prepare<[number], ProposalRow>(`
    SELECT number, network_id AS networkId, strategy, parent_id AS parentId, detail
    FROM proposals WHERE search_id = ? ORDER BY number`);

  function plan(searchId: number): Plan {
    const row = search.get(searchId);
    if (!row) throw new RangeError(`no search ${searchId}`);
    // In plans without `savings`, no training saves memory.
    const { savings = {}, engine = 'wasm', machine = null, spec, ...rest } = JSON.parse(row.plan);
    return {
      ...rest,
      // Plans without a strategy train the grid.
      spec: { ...spec, strategy: spec.strategy ?? { name: 'grid' }, memorySaving: spec.memorySaving ?? 'none' },
      engine,
      machine,
      points: points.all(searchId, 0),
      networks: networks.all(searchId, 0).map((network) => toNetwork(network, savings[network.id])),
      trials: trials.all(searchId),
      hash: row.hash,
    };
  }

  const origins = (searchId: number): StoredProposal[] =>
    proposals
      .all(searchId)
      .map(({ detail, ...proposal }) => ({ ...proposal, detail: detail === null ? null : JSON.parse(detail) }));

  return {
    /**
     * The plan of a search: equal to the one that was stored, and after its own networks, points and trials those that were added during
     * the search. Throws a RangeError for an unknown search.
     */
    plan,

    /** The plan of a search with its own networks and points alone, without those that were proposed during the search. */
    originalPlan(searchId: number): Plan {
      const whole = plan(searchId);
      const proposed = new Set(origins(searchId).map(({ networkId }) => networkId));
      if (proposed.size === 0 && planned.get(searchId) === whole.points.length) return whole;
      return {
        ...whole,
        points: whole.points.slice(0, planned.get(searchId)),
        networks: whole.networks.filter(({ id }) => !proposed.has(id)),
        trials: whole.trials.filter(({ networkId }) => !proposed.has(networkId)),
      };
    },

    /** The networks and points of a search from these positions on: those after the plan's own are proposed. */
    proposals: (
      searchId: number,
      network: number,
      point: number,
    ): { networks: PlannedNetwork[]; points: PlannedPoint[] } => ({
      networks: networks.all(searchId, network).map((row) => toNetwork(row, undefined)),
      points: points.all(searchId, point),
    }),

    /** Where the proposed networks of a search come from, in the order in which they were proposed. */
    origins,
  };
}

/** Changes to the tables `networks`, `points` and `proposals`. */
export function networkChanges(db: Db) {
  const insertNetwork = networkInserter(db);
  const insertPoint = pointInserter(db);
  const insertProposal = db.prepare(`
    INSERT INTO proposals (search_id, number, network_id, strategy, parent_id, detail)
    SELECT id, (SELECT coalesce(max(number), 0) + 1 FROM proposals WHERE search_id = :searchId), :networkId,
      coalesce(json_extract(plan, '$.spec.strategy.name'), 'grid'), :parentId, :detail
    FROM searches WHERE id = :searchId`);

  return {
    /**
     * Adds networks that the strategy of a search has proposed, and points for those that have α, β, γ, after all that the search has, in
     * one transaction. A network that the search has already is left as it is.
     */
    addNetworks: db.transaction(
      (searchId: number, networks: readonly ProposedNetwork[], points: readonly PlannedPoint[] = []): void => {
        for (const network of networks) {
          const { id: networkId, parentId = null, detail = null } = network;
          if (!insertNetwork(searchId, network, JSON.stringify(network.saving))) continue;
          insertProposal.run({
            searchId,
            networkId,
            parentId,
            detail: detail === null ? null : JSON.stringify(detail),
          });
        }
        for (const point of points) insertPoint(searchId, point, true);
      },
    ).immediate,
  };
}

/** Writes the networks and points of a new search; returns how its trainings save memory, by network, which is kept with the plan. */
export function planWriter(db: Db): (searchId: number, plan: Pick<Plan, 'networks' | 'points'>) => void {
  const insertNetwork = networkInserter(db);
  const insertPoint = pointInserter(db);
  return (searchId, { networks, points }) => {
    for (const network of networks) insertNetwork(searchId, network, null);
    for (const point of points) insertPoint(searchId, point, false);
  };
}

/** How the trainings of a plan save memory, by network id; those that save nothing are left out. */
export function savingsOf(networks: readonly PlannedNetwork[]): Record<string, Saving> {
  return Object.fromEntries(networks.flatMap(({ id, saving }) => (isSaving(saving) ? [[id, saving]] : [])));
}

function networkInserter(db: Db): (searchId: number, network: PlannedNetwork, saving: string | null) => boolean {
  const insert = db.prepare(`
    INSERT INTO networks (search_id, id, position, architecture, macs, params, activations, peak_bytes, saving)
    VALUES (:searchId, :id, (SELECT coalesce(max(position) + 1, 0) FROM networks WHERE search_id = :searchId),
      :architecture, :macs, :params, :activations, :peakBytes, :saving)
    ON CONFLICT (search_id, id) DO NOTHING`);
  return (searchId, { id, network, cost, peakBytes }, saving) => {
    const { macs, params, activations } = cost;
    const architecture = JSON.stringify(network);
    return insert.run({ searchId, id, architecture, macs, params, activations, peakBytes, saving }).changes > 0;
  };
}

function pointInserter(db: Db): (searchId: number, point: PlannedPoint, isProposed: boolean) => void {
  const insert = db.prepare(`
    INSERT INTO points (search_id, position, role, alpha, beta, gamma, phi, nominal, realised, network_id, proposed)
    VALUES (?, (SELECT coalesce(max(position) + 1, 0) FROM points WHERE search_id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  return (searchId, { role, alpha, beta, gamma, phi, nominal, realised, networkId }, isProposed) => {
    const costs = [phi, nominal, realised];
    insert.run(searchId, searchId, role, alpha, beta, gamma, ...costs, networkId, isProposed ? 1 : 0);
  };
}

function toNetwork(row: NetworkRow, planned: Saving | undefined): PlannedNetwork {
  const { id, architecture, macs, params, activations, peak_bytes: peakBytes } = row;
  const saving = planned ?? (row.saving === null ? noSaving : (JSON.parse(row.saving) as Saving));
  return { id, network: JSON.parse(architecture), cost: { macs, params, activations }, saving, peakBytes };
}
