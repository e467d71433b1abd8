import type { UnfinishedTrial } from '../../../db/records.js';
import type { Executor, TrialJob } from '../../../workers/executors/contract.js';

export interface FeederOptions {
  readonly executor: Executor;
  /** Makes durable attempts of these trials, and their jobs in the same order. */
  readonly openAttempts: (trials: readonly UnfinishedTrial[]) => readonly TrialJob[];
  /** Says what a person should know. */
  readonly note: (message: string) => void;
  /** Hears of an error that nobody waits for. */
  readonly onFailure: (error: unknown) => void;
}

/** A trial that has been submitted and is not over. */
export interface OpenTrial {
  readonly trial: UnfinishedTrial;
  readonly job: TrialJob;
}

/** Trials that are open at a time. More would only be more to reconcile after a crash. */
const mostOpen = 1024;

/** Between two tries at an executor that accepts no jobs. */
const submitAgainMs = 1000;

/** Gives an executor the trials of a search, a bounded number at a time, and gives them again when it has lost them. */
export class Feeder {
  /** The next one last. */
  private pending: UnfinishedTrial[] = [];
  private readonly open = new Map<string, OpenTrial>();
  private begun = false;
  private submitting = false;
  private reconciling = false;
  /** Asked to submit again what is missing while that could not be told. */
  private askAgain = false;
  private stopped = false;

  constructor(private readonly options: FeederOptions) {}

  /** Takes on a search: the trials that the executor holds already, and those that it is to be given. */
  begin(held: readonly OpenTrial[], rest: readonly UnfinishedTrial[]): void {
    for (const entry of held) this.open.set(entry.trial.id, entry);
    this.pending = [...rest].reverse();
    this.begun = true;
    this.feed();
  }

  /** Takes on further trials, after those that wait. */
  add(trials: readonly UnfinishedTrial[]): void {
    this.pending = [...trials].reverse().concat(this.pending);
    this.feed();
  }

  /** Gives up trials that have not been submitted; returns them. */
  withdraw(isWanted: (trialId: string) => boolean): UnfinishedTrial[] {
    const withdrawn = this.pending.filter(({ id }) => isWanted(id));
    this.pending = this.pending.filter(({ id }) => !isWanted(id));
    return withdrawn;
  }

  /** Ids of the trials that are open. */
  openIds(): string[] {
    return [...this.open.keys()];
  }

  /** Whether it has taken on its search. */
  get hasBegun(): boolean {
    return this.begun;
  }

  /** Whether all that it has taken on is over. */
  get isDone(): boolean {
    return this.begun && this.pending.length === 0 && this.open.size === 0;
  }

  /** The open trial with this id. */
  get(trialId: string): OpenTrial | undefined {
    return this.open.get(trialId);
  }

  /** An attempt has ended: the trial is no longer open; with `again`, it is the next to be submitted. */
  close(trialId: string, again: boolean): void {
    const entry = this.open.get(trialId);
    if (!entry) return;
    this.open.delete(trialId);
    if (again) this.pending.push(entry.trial);
  }

  /** Submits pending trials while there is room. Does not throw: `onFailure` hears of what went wrong. */
  feed(): void {
    if (this.submitting || this.stopped || this.pending.length === 0 || this.open.size > mostOpen / 2) return;
    try {
      const first = Math.max(0, this.pending.length - (mostOpen - this.open.size));
      const batch = this.pending.slice(first).reverse();
      const jobs = this.options.openAttempts(batch);
      // Only now: trials whose attempts could not be stored are still to be trained.
      this.pending.length = first;
      batch.forEach((trial, i) => {
        this.open.set(trial.id, { trial, job: jobs[i] as TrialJob });
      });
      this.submit(jobs)
        .then(() => this.feed())
        .catch(this.options.onFailure);
    } catch (error) {
      this.options.onFailure(error);
    }
  }

  /** Submits again what is open here but the executor no longer holds. Its token stays: whichever copy reports first is the one that counts. */
  async resubmitMissing(): Promise<void> {
    this.askAgain = this.submitting || this.reconciling;
    if (this.askAgain || this.stopped) return;
    this.reconciling = true;
    try {
      const before = [...this.open.values()];
      const held = await this.options.executor.held().catch(() => null);
      // An executor that cannot tell what it holds is asked again later.
      if (!held) return;
      const missing = before.filter((entry) => !held.has(entry.trial.id) && this.open.get(entry.trial.id) === entry);
      if (missing.length === 0 || this.submitting) return;
      const { executor, note } = this.options;
      note(`the ${executor.name} executor had lost ${missing.length} trials; they are submitted again`);
      await this.submit(missing.map(({ job }) => job));
    } finally {
      this.reconciling = false;
      if (this.askAgain) await this.resubmitMissing();
    }
  }

  /** Submits nothing from now on. */
  stop(): void {
    this.stopped = true;
  }

  /** Submits until the executor accepts. It ignores what it already holds, so trying again is safe. */
  private async submit(jobs: readonly TrialJob[]): Promise<void> {
    const { executor, note } = this.options;
    this.submitting = true;
    try {
      for (let tries = 1; !this.stopped; tries++) {
        try {
          return await executor.submit(jobs);
        } catch (error) {
          if (this.stopped) return;
          // The 1st, 2nd, 4th, 8th, … refusal: a server that is away for a night makes a dozen notes and not thousands.
          if (Number.isInteger(Math.log2(tries)))
            note(`the ${executor.name} executor takes no trials: ${error instanceof Error ? error.message : error}`);
          await new Promise((resolve) => setTimeout(resolve, submitAgainMs));
        }
      }
    } finally {
      this.submitting = false;
      if (this.askAgain && !this.reconciling) this.resubmitMissing().catch(this.options.onFailure);
    }
  }
}
