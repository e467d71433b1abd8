import type { StoredEvent, StoredTrial } from '../../db/records.js';
import { paceOf, searchTimeLeft, type TimeLeft } from '../../search/plan/forecast/time-left.js';
import { epochWork } from '../../search/plan/forecast/work.js';
import type { Plan } from '../../search/plan/plan.js';
import type { SearchState, Standstill } from '../api.js';

/**
 * Time until every open trial has ended, from the pace of the finished ones and with as many side by side as run now. Null while nothing
 * has finished or nothing runs: then nobody can say how many will run.
 */
export function timeLeftOf(plan: Pick<Plan, 'networks' | 'recipe'>, trials: readonly StoredTrial[]): TimeLeft | null {
  const { epochs } = plan.recipe;
  const workOf = new Map(plan.networks.map((network) => [network.id, epochWork(network)]));
  const running: { work: number; epoch: number; msPerWork: null }[] = [];
  const queued: number[] = [];
  const paces: number[] = [];
  for (const trial of trials) {
    const work = workOf.get(trial.networkId) ?? 0;
    if (trial.state === 'completed') {
      const pace = paceOf(work, epochs, trial.result.wallMs);
      if (pace !== null) paces.push(pace);
    } else if (trial.state === 'running') running.push({ work, epoch: trial.epoch, msPerWork: null });
    else if (trial.state === 'queued') queued.push(work);
  }
  return running.length > 0 ? searchTimeLeft({ epochs, running, queued }, paces) : null;
}

/** Kinds of events that say whether new trials are being started. */
const turns = new Set(['started', 'paused', 'resumed', 'finished', 'stopped']);

/**
 * Why nothing is being trained although trials are left; null while something is, or when all is over. `events` are the latest of the
 * search, newest first.
 */
export function standstill(
  state: SearchState,
  trials: readonly StoredTrial[],
  events: readonly StoredEvent[],
): Standstill | null {
  if (state === 'finished') return null;
  const cut = trials.filter((trial) => trial.state === 'running').length;
  if (state === 'stopped') {
    const end = events.find(({ kind }) => kind === 'stopped');
    return {
      limit: 'coordinator',
      detail: cut > 0 ? `${cut} were running when it stopped` : null,
      sinceMs: end?.atMs ?? null,
    };
  }
  const turn = events.find(({ kind }) => turns.has(kind));
  // What runs comes to its end while the search is paused.
  if (turn?.kind === 'paused') return { limit: 'pause', detail: turn.detail, sinceMs: turn.atMs };
  if (cut > 0) return null;
  const note = events.find(({ kind, trialId }) => kind === 'note' && trialId === null);
  return { limit: 'workers', detail: note?.detail ?? null, sinceMs: turn?.atMs ?? null };
}
