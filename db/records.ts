import type { OutcomeState, TrialState } from '../search/plan/outcomes.js';
import type { PlannedTrial } from '../search/plan/plan.js';
import type { EpochMetrics, Mistake, Provenance } from '../search/plan/trial.js';
import type { SimulationSpec } from '../search/simulation/simulation.js';

/** A search of a store, and how its trials stand. */
export interface SearchSummary {
  readonly id: number;
  /** Hash of the plan; of plan and simulation for a simulated search. */
  readonly hash: string;
  readonly name: string;
  /** The model that was used in place of training; null for a real search. */
  readonly simulation: SimulationSpec | null;
  /** Digest of the dataset; null until a worker has opened it. */
  readonly datasetDigest: string | null;
  readonly createdMs: number;
  /** Number of trials by state. */
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
  /** Training speed over the last epoch; null if it was not measured. */
  readonly imagesPerSecond: number | null;
  readonly datasetDigest: string;
}

/** A sample of the validation images that a finished trial gets wrong. */
export interface StoredMistakes {
  /** The most confident mistakes first. */
  readonly images: readonly Mistake[];
  /** Digest of the dataset whose validation split they are from. */
  readonly datasetDigest: string;
}

/** A trial of a search. Only a `completed` one has an accuracy to compare. */
export type StoredTrial = {
  readonly id: string;
  readonly networkId: string;
  readonly replicate: number;
  readonly seed: number;
  /** Number of attempts so far. */
  readonly attempts: number;
} & (
  | { readonly state: 'completed'; readonly result: StoredResult }
  /** `epoch` is the last finished epoch, 0 for none; the accuracy is that of the epoch. */
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
  | { readonly state: Exclude<TrialState, 'completed' | 'running' | 'failed'> }
);

/** A trial of a search, in brief. */
export interface TrialStanding {
  readonly id: string;
  readonly networkId: string;
  readonly state: TrialState;
  /** Null unless the trial is completed. */
  readonly validationAccuracy: number | null;
}

/** How an attempt stands. `interrupted`: the coordinator stopped or died meanwhile, which is not the fault of the trial. */
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

/** An attempt that failed or was interrupted. */
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

/** Something that happened to a search of the store. The log is for people: no code reads `detail` back. */
export interface StoredEvent {
  /** Grows with time, so that a reader can continue after the last event that it has read. */
  readonly id: number;
  readonly atMs: number;
  readonly searchId: number | null;
  readonly kind: string;
  readonly trialId: string | null;
  readonly detail: string;
}

/** A reading of the test split. */
export interface TestRead {
  /** Grows with time. */
  readonly id: number;
  readonly trialId: string;
  readonly seed: number;
  readonly atMs: number;
  /** Null until the reading is finished. */
  readonly images: number | null;
  /** Share in [0, 1]. */
  readonly accuracy: number | null;
}

/** A trial that is not over. */
export interface UnfinishedTrial {
  readonly id: string;
  readonly networkId: string;
  readonly seed: number;
  /** Whether it waits at a rung. */
  readonly isPaused: boolean;
  /** The open attempt, if any. */
  readonly attempt: { readonly number: number; readonly token: string; readonly state: 'queued' | 'running' } | null;
}

/** A trial of a search, with its place in the order in which the trials were proposed. */
export interface ProposedTrial extends PlannedTrial {
  readonly position: number;
  readonly state: TrialState;
  /** Null unless the trial is completed. */
  readonly validationAccuracy: number | null;
}

/** The end of a trial, as a search has recorded it. A trial that was retried has several. */
export interface RecordedEnding {
  /** Grows from one ending to the next. */
  readonly number: number;
  readonly trialId: string;
  readonly state: Extract<TrialState, 'completed' | 'failed' | 'cancelled'>;
  /** Null unless the trial was completed. */
  readonly validationAccuracy: number | null;
}

/** Where a network comes from that was proposed during a search. */
export interface StoredProposal {
  /** 1, 2, … in the order in which the networks of the search were proposed. */
  readonly number: number;
  readonly networkId: string;
  /** Name of the strategy that proposed it. */
  readonly strategy: string;
  /** The network that it was derived from; null for none. */
  readonly parentId: string | null;
  /** Whatever else the strategy wanted to keep; null for nothing. */
  readonly detail: unknown;
}

/** The extension of one search to another. */
export interface StoredExtension {
  readonly searchId: number;
  /** The search that was extended. */
  readonly fromId: number;
  readonly atMs: number;
}
