import { InputError } from '../../search/base/errors.js';
import { isSearched } from '../../search/evidence/candidate.js';
import type { HalvingRule } from '../../search/strategy/halving.js';
import { type Replay, type Run, replayHalving } from '../../search/strategy/halving-replay.js';
import type { SearchEvidence } from './evidence.js';

/** Plays the finished trials of a search again under a rule of early stopping. Throws `bad-value` where none has finished. */
export function replaySearch({ candidates }: Pick<SearchEvidence, 'candidates'>, rule: HalvingRule): Replay {
  const runs = candidates.filter(isSearched).flatMap(({ networkId, cost, trials }) =>
    trials.flatMap((trial): Run[] => {
      if (trial.state !== 'completed' || trial.curve.length === 0) return [];
      return [{ id: `${networkId}/${trial.replicate}`, curve: trial.curve, macs: cost.macs }];
    }),
  );
  if (runs.length === 0) throw new InputError('bad-value', 'replay: expected finished trials of the grid, got none');
  return replayHalving(runs, rule);
}
