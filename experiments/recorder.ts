import type { Store } from '../db/store.js';
import type { RecordedResult } from '../db/write/record-result.js';
import { checkedOutcome, type Retries } from '../search/outcomes.js';
import type { TrialEvent, TrialResult } from '../workers/contract.js';
import { CommitQueue } from './commit-queue.js';

export interface RecorderOptions {
  readonly store: Store;
  readonly searchId: number;
  /** Of the search's data; null until a worker has opened it. */
  readonly datasetDigest: string | null;
  readonly retries: Retries;
  /** Hears of a commit that failed. */
  readonly onFailure: (error: unknown) => void;
}

/** Writes down what the trials of one search say, many of them in one commit. */
export class Recorder {
  private readonly commits: CommitQueue;
  private digest: string | null;

  constructor(private readonly options: RecorderOptions) {
    this.commits = new CommitQueue(options.store, options.onFailure);
    this.digest = options.datasetDigest;
  }

  /** What the data of this search must be, once that is known. */
  get datasetDigest(): string | null {
    return this.digest;
  }

  /** Resolves once the result is durable, or found to be one that does not count. */
  result(result: TrialResult): Promise<RecordedResult> {
    return this.commits.add(() => {
      const { store, retries } = this.options;
      return store.recordResult(this.onSameData(result), retries, Date.now());
    });
  }

  /** An epoch, or the start of an attempt; its steps are not kept. */
  event(event: TrialEvent): void {
    const { store } = this.options;
    if (event.type === 'started') {
      this.commits.write(() => {
        store.startAttempt(event, Date.now());
        this.fixDigest(event.datasetDigest);
      });
    } else if (event.type === 'epoch') {
      this.commits.write(() => store.recordEpoch(event));
    }
  }

  /** An entry in the log of the search. */
  note(kind: string, trialId: string | null, detail: string): void {
    const { store, searchId } = this.options;
    this.commits.write(() => store.addEvent({ searchId, kind, trialId, detail }, Date.now()));
  }

  /** Commits what is waiting. */
  flush(): void {
    this.commits.flush();
  }

  /** A training on other images than the rest of the search cannot be compared with it: the result becomes `infeasible`. */
  private onSameData(result: TrialResult): TrialResult {
    const outcome = checkedOutcome(result.outcome);
    if (outcome.state !== 'completed') return result;
    const digest = this.fixDigest(outcome.datasetDigest);
    if (digest === outcome.datasetDigest) return result;
    const message = `trained on data with digest ${outcome.datasetDigest}, the search on ${digest}`;
    return { ...result, outcome: { state: 'infeasible', message } };
  }

  private fixDigest(digest: string): string {
    this.digest ??= this.options.store.fixDatasetDigest(this.options.searchId, digest);
    return this.digest;
  }
}
