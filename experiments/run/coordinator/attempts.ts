import { randomUUID } from 'node:crypto';
import type { UnfinishedTrial } from '../../../db/records.js';
import type { Store } from '../../../db/store.js';
import type { TrialJob } from '../../../workers/executors/contract.js';
import type { Halver } from './halver.js';
import type { Recorder } from './recorder.js';
import type { JobAttempt, TrialJobs } from './trial-jobs.js';

export interface AttemptsOptions {
  readonly store: Store;
  readonly jobs: TrialJobs;
  readonly halver: Halver;
  readonly recorder: Recorder;
}

/** The attempts at the trials of a run: each is in the store before anybody gets its job. */
export class Attempts {
  constructor(private readonly options: AttemptsOptions) {}

  /** Opens an attempt at each of these trials. Returns their jobs in the same order. */
  open(trials: readonly UnfinishedTrial[]): TrialJob[] {
    const { store, halver } = this.options;
    halver.refresh();
    return store.transaction(() =>
      trials.map((trial) => {
        const token = randomUUID();
        return this.job(trial, { number: store.openAttempt(trial.id, token, Date.now()), token });
      }),
    );
  }

  /** The job of an attempt that an earlier run has opened and that somebody still trains; null where the store knows of none. */
  goOn(trial: UnfinishedTrial): TrialJob | null {
    // Whoever could not be told that the last run ended trains on, and is not to be joined by another.
    const attempt = trial.attempt ?? this.options.store.reopenAttempt(trial.id);
    return attempt && this.job(trial, attempt);
  }

  private job(trial: UnfinishedTrial, attempt: JobAttempt): TrialJob {
    const { jobs, recorder } = this.options;
    return jobs.job(trial, attempt, recorder.datasetDigest);
  }
}
