import type { OutcomeState, TrialState } from '../search/plan/outcomes.js';
import type { EpochMetrics, Mistake, Provenance } from '../search/plan/trial.js';
import type { SimulationSpec } from '../search/simulation/simulation.js';

/** One search of a store, and how its trials stand. */
export interface SearchSummary {
  readonly id: number;
  /** Of its plan; for a simulated search of plan and simulation. */
  readonly hash: string;
  readonly name: string;
  /** The model that stood in the place of training; null for a real search. */
  readonly simulation: SimulationSpec | null;
  /** Digest of the dataset, once a worker has opened it. */
  readonly datasetDigest: string | null;
  readonly createdMs: number;
  /** Trials by state; states without a trial are 0. */
  readonly trials: Readonly<Record<TrialState, number>>;
}

/** The measures of a finished trial. */
export interface StoredResult extends Omit<Provenance, 'pid'> {
  /** Share in [0, 1], at the recipe's last epoch. */
  readonly validationAccuracy: number;
  readonly validationLoss: number;
  readonly trainableParams: number;
  readonly peakBytes: number;
  readonly wallMs: number;
  /** In training, over the last epoch; null when that was not measured. */
  readonly imagesPerSecond: number | null;
  readonly datasetDigest: string;
}

/** A sample of the validation images that a finished trial gets wrong. */
export interface StoredMistakes {
  /** Surest first. */
  readonly images: readonly Mistake[];
  /** Of the data in whose validation split they lie. */
  readonly datasetDigest: string;
}

/** A trial of a search as it stands. Only a `completed` one has an accuracy to compare. */
export type StoredTrial = {
  readonly id: string;
  readonly networkId: string;
  readonly replicate: number;
  readonly seed: number;
  /** Attempts so far; 0 before the first. */
  readonly attempts: number;
} & (
  | { readonly state: 'completed'; readonly result: StoredResult }
  /** `epoch` is the last finished one, 0 for none; the accuracy is that epoch's. */
  | {
      readonly state: 'running';
      readonly epoch: number;
      readonly validationAccuracy: number | null;
      readonly host: string | null;
      readonly pid: number | null;
      readonly engine: string | null;
      readonly startedMs: number | null;
    }
  | { readonly state: 'failed'; readonly outcome: OutcomeState; readonly message: string }
  | { readonly state: 'queued' | 'paused' | 'cancelled' | 'skipped' }
);

/** A trial of a search in a few words. */
export interface TrialStanding {
  readonly id: string;
  readonly networkId: string;
  readonly state: TrialState;
  /** Of a completed trial. */
  readonly validationAccuracy: number | null;
}

/** How an attempt stands. `interrupted`: the coordinator stopped or died under it, which is no fault of the trial. */
export type AttemptState = 'queued' | 'running' | 'interrupted' | OutcomeState;

export interface StoredAttempt {
  readonly trialId: string;
  readonly number: number;
  readonly state: AttemptState;
  readonly message: string | null;
  readonly queuedMs: number;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  readonly resumedAtEpoch: number | null;
  readonly host: string | null;
  readonly pid: number | null;
  readonly engine: string | null;
  readonly engineVersion: string | null;
  readonly device: string | null;
}

/** An attempt that did not end well, or was interrupted. */
export interface FailedAttempt {
  readonly trialId: string;
  readonly number: number;
  readonly outcome: Exclude<AttemptState, 'queued' | 'running' | 'completed'>;
  readonly message: string | null;
  readonly host: string | null;
  readonly endedMs: number | null;
}

/** An epoch of a curve. A measure that was NaN or infinite is null. */
export type StoredEpoch = { readonly [Key in keyof EpochMetrics]: Key extends 'epoch' ? number : number | null };

/** Something that happened to a search of the store. */
export interface StoredEvent {
  /** Grows with time: what was read last, to read on from. */
  readonly id: number;
  readonly atMs: number;
  readonly searchId: number | null;
  readonly kind: string;
  readonly trialId: string | null;
  readonly detail: string;
}

/** A reading of the test split. */
export interface TestRead {
  /** Of the store: grows with time. */
  readonly id: number;
  readonly trialId: string;
  readonly seed: number;
  readonly atMs: number;
  /** Null while the reading has not come to its end. */
  readonly images: number | null;
  /** Share in [0, 1]. */
  readonly accuracy: number | null;
}

/** A trial that is not over. */
export interface UnfinishedTrial {
  readonly id: string;
  readonly networkId: string;
  readonly seed: number;
  /** It waits at a rung. */
  readonly isPaused: boolean;
  /** The attempt that is open, if any. */
  readonly attempt: { readonly number: number; readonly token: string; readonly state: 'queued' | 'running' } | null;
}
