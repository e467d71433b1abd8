import type { OutcomeState, TrialState } from '../../../search/plan/outcomes.js';
import type { TrialEvent } from '../../../workers/executors/contract.js';

/** What happens in a search, for whoever shows or logs it. Plain JSON; an accuracy that was NaN is null. */
export type SearchEvent =
  /** The plan is in the store. `unfinished` trials are to be trained; the others have ended in an earlier run or another search. */
  | {
      readonly event: 'planned';
      readonly searchId: number;
      readonly hash: string;
      readonly simulated: boolean;
      /** False when the store already held the search. */
      readonly isNew: boolean;
      readonly total: number;
      readonly unfinished: number;
    }
  | {
      readonly event: 'trial-started';
      readonly trialId: string;
      readonly networkId: string;
      readonly attempt: number;
      /** 0: from the beginning. */
      readonly resumedAtEpoch: number;
      readonly host: string;
      readonly engine: string;
    }
  | {
      readonly event: 'epoch';
      readonly trialId: string;
      readonly networkId: string;
      readonly epoch: number;
      readonly epochs: number;
      readonly validationAccuracy: number | null;
      readonly imagesPerSecond: number;
    }
  /** An attempt has ended. `state` is what became of its trial: `queued` means that it is tried again. */
  | {
      readonly event: 'trial-ended';
      readonly trialId: string;
      readonly networkId: string;
      readonly attempt: number;
      readonly outcome: OutcomeState;
      readonly state: TrialState;
      /** In words, such as `diverged at epoch 3`. */
      readonly message: string;
      readonly validationAccuracy: number | null;
    }
  /** Nothing new starts until `resumed`. */
  | { readonly event: 'paused'; readonly reason: string }
  | { readonly event: 'resumed' }
  /** Something a person should know that changes no result. */
  | { readonly event: 'note'; readonly trialId: string | null; readonly message: string };

/** How a run of a search came to its end. */
export interface SearchEnd {
  /** `finished`: every trial is over. `stopped`: the user ended it; running it again goes on. */
  readonly state: 'finished' | 'stopped';
  readonly searchId: number;
  /** Trials by state. */
  readonly trials: Readonly<Record<TrialState, number>>;
  /** Trials that ended in this run; 0 when the search had been finished before. */
  readonly endedNow: number;
}

/** What a trial says, as an event of its search; null for steps within an epoch. `epochs` are those of the recipe. */
export function searchEventOf(event: TrialEvent, networkId: string, epochs: number): SearchEvent | null {
  const { trialId, attempt } = event;
  switch (event.type) {
    case 'started': {
      const { resumedAtEpoch, provenance } = event;
      const { host, engine } = provenance;
      return { event: 'trial-started', trialId, networkId, attempt, resumedAtEpoch, host, engine };
    }
    case 'epoch': {
      const { epoch, validationAccuracy: accuracy, imagesPerSecond } = event.metrics;
      const validationAccuracy = Number.isFinite(accuracy) ? accuracy : null;
      return { event: 'epoch', trialId, networkId, epoch, epochs, validationAccuracy, imagesPerSecond };
    }
    case 'progress':
    case 'note':
      return null;
  }
}
