import type { Saving } from '../../search/cost/saving.js';
import type { Architecture } from '../../search/network/architecture.js';
import type { DatasetSpec } from '../../search/plan/dataset.js';
import type { Recipe } from '../../search/plan/recipe.js';
import type { EpochMetrics, Provenance, TrialOutcome } from '../../search/plan/trial.js';
import type { SimulatedTrial } from '../../search/simulation/model.js';

export type { EpochMetrics, Provenance, TrialOutcome };

/** What goes over the wire between the coordinator, an executor and a trial: plain JSON, versioned. */
export const protocolVersion = 2;

/** The longest delay that Node's timers take, 25 days; a longer one would fire at once. */
export const longestTimerMs = 2 ** 31 - 1;

export interface TrialJob {
  readonly protocol: typeof protocolVersion;
  readonly trialId: string;
  readonly networkId: string;
  /** 1, 2, …: which try of this trial. */
  readonly attempt: number;
  /** Fencing token of the attempt: a result with another token is late. */
  readonly token: string;
  readonly network: Architecture;
  readonly recipe: Recipe;
  readonly dataset: DatasetSpec;
  /** Digest that the dataset must have, or null when the first worker to open it says. */
  readonly datasetDigest: string | null;
  readonly seed: number;
  /** As the plan has it. */
  readonly saving: Saving;
  /** Name of the engine, or `auto` for the fastest that works. */
  readonly engine: string;
  /** Where the checkpoint lives; a trial that finds one there goes on from it. */
  readonly checkpointFolder: string;
  /** Null for none. */
  readonly timeLimitMs: number | null;
  /** Ends as `paused` after this epoch, its checkpoint kept; null: trains to the end. */
  readonly pauseAfterEpoch: number | null;
  /** Present in a simulated search: takes the place of training. */
  readonly simulation: SimulatedTrial | null;
}

/** What an attempt says while it runs, at most once a second and once per epoch. */
export type TrialEvent =
  | {
      readonly type: 'started';
      readonly trialId: string;
      readonly attempt: number;
      readonly token: string;
      readonly provenance: Provenance;
      readonly resumedAtEpoch: number;
      readonly datasetDigest: string;
      /** What a person should know, such as that a damaged checkpoint was passed over; usually empty. */
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
  /** Something on the way that a person should know and that changes no result, such as a checkpoint that had no room. */
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
  /** The worker of a farm that sent it. */
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
  /** Resolves once the result is durable; an executor that can redeliver does so until then. May see a result more than once. */
  readonly onResult: (result: TrialResult) => Promise<void>;
  readonly onEvent: (event: TrialEvent) => void;
  /** The transport was away and is back: what it held may be gone. */
  readonly onReturn?: () => void;
  /** Something that a person should know, such as why a worker refuses trials. */
  readonly onNote?: (message: string) => void;
}

/** Runs trials somewhere. The local pool and BullMQ keep this one contract; one suite of tests holds both to it. */
export interface Executor {
  readonly name: string;
  start(handlers: ExecutorHandlers): Promise<void>;
  /** Accepts jobs; a job whose trial and attempt it already holds is ignored. Rejects when the transport is down: nothing was accepted then, or it will be ignored next time. */
  submit(jobs: readonly TrialJob[]): Promise<void>;
  /** Trial ids that it still holds: waiting, running, or ended with a result that is not stored yet. A trial is held until its result is stored. */
  held(): Promise<ReadonlySet<string>>;
  /** Nothing new starts until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends these trials, or all; each that was held reports `cancelled`. Running ones end within 10 s. */
  cancel(trialIds?: readonly string[]): Promise<void>;
  /** `drain`: lets running trials finish. `now`: ends them; their checkpoints stay, and no result is reported but of those that completed meanwhile. */
  close(how: 'drain' | 'now'): Promise<void>;
}
