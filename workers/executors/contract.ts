import type { Saving } from '../../search/cost/saving.js';
import type { Architecture } from '../../search/network/architecture.js';
import type { DatasetSpec } from '../../search/plan/dataset.js';
import type { Recipe } from '../../search/plan/recipe.js';
import type { EpochMetrics, Provenance, TrialOutcome } from '../../search/plan/trial.js';
import type { SimulatedTrial } from '../../search/simulation/model.js';

export type { EpochMetrics, Provenance, TrialOutcome };

/** Version of the plain JSON that the coordinator, an executor and a trial exchange. */
export const protocolVersion = 2;

/** The longest delay that Node's timers take, 25 days; a longer one would fire at once. */
export const longestTimerMs = 2 ** 31 - 1;

export interface TrialJob {
  readonly protocol: typeof protocolVersion;
  readonly trialId: string;
  readonly networkId: string;
  /** 1, 2, …: the number of this attempt at the trial. */
  readonly attempt: number;
  /** Fencing token of the attempt: a result with another token is late. */
  readonly token: string;
  readonly network: Architecture;
  readonly recipe: Recipe;
  readonly dataset: DatasetSpec;
  /** Digest that the dataset must have; null: that of the first worker to open it becomes binding. */
  readonly datasetDigest: string | null;
  readonly seed: number;
  /** How the plan saves memory in this training. */
  readonly saving: Saving;
  /** Name of the engine, or `auto` for the fastest that works. */
  readonly engine: string;
  /** Where the checkpoint lives; a trial that finds one there resumes from it. */
  readonly checkpointFolder: string;
  /** Null for none. */
  readonly timeLimitMs: number | null;
  /** Ends as `paused` after this epoch, its checkpoint kept; null: trains to the end. */
  readonly pauseAfterEpoch: number | null;
  /** Present in a simulated search: replaces training. */
  readonly simulation: SimulatedTrial | null;
}

/** A message of a running attempt: at most one per second, and one per epoch. */
export type TrialEvent =
  | {
      readonly type: 'started';
      readonly trialId: string;
      readonly attempt: number;
      readonly token: string;
      readonly provenance: Provenance;
      readonly resumedAtEpoch: number;
      readonly datasetDigest: string;
      /** Remarks for people, such as that a damaged checkpoint was skipped; usually empty. */
      readonly notes: readonly string[];
    }
  | {
      readonly type: 'progress';
      readonly trialId: string;
      readonly attempt: number;
      readonly token: string;
      readonly epoch: number;
      readonly step: number;
      readonly steps: number;
      readonly imagesPerSecond: number;
    }
  | {
      readonly type: 'epoch';
      readonly trialId: string;
      readonly attempt: number;
      readonly token: string;
      readonly metrics: EpochMetrics;
    }
  /** A remark for people that changes no result, such as that a checkpoint could not be saved. */
  | {
      readonly type: 'note';
      readonly trialId: string;
      readonly attempt: number;
      readonly token: string;
      readonly message: string;
    };

export interface TrialResult {
  readonly protocol: typeof protocolVersion;
  readonly trialId: string;
  readonly attempt: number;
  readonly token: string;
  readonly outcome: TrialOutcome;
  /** The farm worker that sent the result. */
  readonly worker?: string;
}

export interface RunOptions {
  readonly onEvent: (event: TrialEvent) => void;
  /** Aborted to end the trial: it then returns within 10 s, and its checkpoint is kept. */
  readonly signal: AbortSignal;
}

/** Runs one attempt at a trial to its end. Whatever goes wrong with the trial is an outcome; a rejection is a fault of the runner. */
export type TrialRunner = (job: TrialJob, options: RunOptions) => Promise<TrialResult>;

/** The result of an attempt with this outcome. */
export function resultOf(job: TrialJob, outcome: TrialOutcome): TrialResult {
  const { protocol, trialId, attempt, token } = job;
  return { protocol, trialId, attempt, token, outcome };
}

export interface ExecutorHandlers {
  /** Resolves once the result is durable; until then an executor may deliver it again. The same result may arrive more than once. */
  readonly onResult: (result: TrialResult) => Promise<void>;
  readonly onEvent: (event: TrialEvent) => void;
  /** The transport is back after an outage and may have lost what it held. */
  readonly onReturn?: () => void;
  /** A remark for people, such as why a worker refuses trials. */
  readonly onNote?: (message: string) => void;
}

/** Runs trials somewhere. The local pool and the farm implement this contract; one suite of tests checks both. */
export interface Executor {
  readonly name: string;
  start(handlers: ExecutorHandlers): Promise<void>;
  /** Accepts jobs; a job whose trial and attempt it already holds is ignored. Rejects when the transport is down; submitting again is then safe. */
  submit(jobs: readonly TrialJob[]): Promise<void>;
  /** Ids of the trials that it holds: waiting, running, or ended with a result that is not stored yet. */
  held(): Promise<ReadonlySet<string>>;
  /** Nothing new starts until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends these trials, or all; each that was held reports `cancelled`. Running ones end within 10 s. */
  cancel(trialIds?: readonly string[]): Promise<void>;
  /** `drain`: lets running trials finish. `now`: ends them and keeps their checkpoints; only trials that complete meanwhile report a result. */
  close(how: 'drain' | 'now'): Promise<void>;
}
