import { sharesOf as builtShares, doublingsOf } from '../../../search/evidence/shares.js';
import { type Judgement, judgementsOf } from '../../../search/evidence/verdict.js';
import type { TrialState } from '../../../search/plan/outcomes.js';
import type { PlannedPoint, PointRole } from '../../../search/plan/plan.js';
import type { NetworkView, PlanView, StateView, TrialView } from '../../api.js';

/** The role in which a network is compared. One that several points lead to counts as searched if any of them was. */
export type Group = 'searched' | Exclude<PointRole, 'grid'>;

export const groups: readonly Group[] = ['searched', 'depth', 'width', 'resolution', 'baseline'];

export interface TrialRow {
  readonly id: string;
  readonly network: NetworkRow;
  readonly replicate: number;
  readonly trial: TrialView;
}

/** A network with its trials and its judgement by the selection. */
export interface NetworkRow extends Judgement {
  readonly id: string;
  readonly network: NetworkView;
  readonly group: Group;
  /** The point that stands for it. */
  readonly point: Omit<PlannedPoint, 'networkId'>;
  readonly trials: readonly TrialRow[];
  /** Of training, from the last epoch of its finished trials; null before one. */
  readonly secondsPerImage: number | null;
  /** How its extra compute is shared between depth, width and resolution as it is built, summing to 1; null where there is none. */
  readonly shares: readonly [depth: number, width: number, resolution: number] | null;
}

/**
 * Joins what never changes with what does: one row per network and per trial, in the plan's order. Trials are added at the end; those that
 * only one of the two knows wait until the other has been read again.
 */
export function buildRows(plan: PlanView, state: StateView): { networks: NetworkRow[]; trials: TrialRow[] } {
  const known = plan.trials.slice(0, state.trials.length);
  const judgementOf = judgementsOf(state.selection);

  const viewsOf = new Map<string, TrialView[]>(plan.networks.map(({ id }) => [id, []]));
  known.forEach(({ networkId }, i) => {
    viewsOf.get(networkId)?.push(state.trials[i] as TrialView);
  });

  const trialsOf = new Map<string, TrialRow[]>();
  const networks = plan.networks.map((network): NetworkRow => {
    const trials: TrialRow[] = [];
    trialsOf.set(network.id, trials);
    const point = network.points[network.representative] as NetworkRow['point'];
    return {
      id: network.id,
      network,
      group: groupOf(network),
      point,
      trials,
      ...judgementOf(network.id, network.searched),
      secondsPerImage: secondsPerImage(viewsOf.get(network.id) ?? []),
      shares: sharesOf(network),
    };
  });

  const rowOf = new Map(networks.map((row) => [row.id, row]));
  const trials = known.map(({ id, networkId, replicate }, i): TrialRow => {
    const row = { id, network: rowOf.get(networkId) as NetworkRow, replicate, trial: state.trials[i] as TrialView };
    trialsOf.get(networkId)?.push(row);
    return row;
  });
  return { networks, trials };
}

/** Trials by state. */
export function countStates(trials: readonly TrialView[]): Record<TrialState, number> {
  const counts = { queued: 0, running: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };
  for (const { state } of trials) counts[state]++;
  return counts;
}

function groupOf({ searched, points }: NetworkView): Group {
  if (searched) return 'searched';
  const roles = new Set(points.map(({ role }) => role));
  return groups.find((group) => group !== 'searched' && roles.has(group)) ?? 'baseline';
}

/** As the fitted surface has it: of the network as it is built. Null for one that spends nothing. */
function sharesOf({ multipliers }: NetworkView): NetworkRow['shares'] {
  if (Math.abs(doublingsOf(multipliers)) < 1e-9) return null;
  const { depth, width, resolution } = builtShares(multipliers);
  return [depth, width, resolution];
}

function secondsPerImage(trials: readonly TrialView[]): number | null {
  const times = trials.flatMap((trial) =>
    trial.state === 'completed' && trial.result.imagesPerSecond ? [1 / trial.result.imagesPerSecond] : [],
  );
  return times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length;
}
