import type { StoredEvent, StoredTrial } from '../../db/records.js';
import type { SearchState, Standstill } from '../api.js';

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
      detail: cut > 0 ? `${cut} were being trained when it stopped` : null,
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
