import type { Store } from '../../../db/store.js';
import type { RecordedResult } from '../../../db/tables/results.js';
import { checkedOutcome, type Retries } from '../../../search/plan/outcomes.js';
import type { TrialEvent, TrialResult } from '../../../workers/executors/contract.js';
import { CommitQueue } from './commit-queue.js';

export interface RecorderOptions {
  readonly store: Store;
  readonly searchId: number;
  readonly retries: Retries;
  /** Hears of a commit that failed. */
  readonly onFailure: (error: unknown) => void;
}

/** Writes down what the trials of one search say, many of them in one commit. */
export class Recorder {
  private readonly commits: CommitQueue;

  constructor(private readonly options: RecorderOptions) {
    this.commits = new CommitQueue(options.store, options.onFailure);
  }

  /** What the data of this search must be, once that is known. */
  get datasetDigest(): string | null {
    const { store, searchId } = this.options;
    // Asked of the store each time: what a commit that failed had fixed is not fixed.
    return store.read.datasetDigest(searchId);
  }

  /** Resolves once the result is durable, or found to be one that does not count. One that the store refuses counts as `crashed`. */
  async result(result: TrialResult): Promise<RecordedResult> {
    try {
      return await this.commits.add(() => this.record(result));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const message = `its result cannot be stored: ${error.message}`;
      return this.commits.add(() => this.record({ ...result, outcome: { state: 'crashed', message } }));
    }
  }

  /** An epoch, or the start of an attempt; its steps are not kept. */
  event(event: TrialEvent): void {
    const { store, searchId } = this.options;
    if (event.type === 'started') {
      this.commits.write(() => {
        const isOpen = store.startAttempt(event, Date.now());
        if (isOpen && this.datasetDigest === null) store.fixDatasetDigest(searchId, event.datasetDigest);
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

  private record(result: TrialResult): RecordedResult {
    const { store, searchId, retries } = this.options;
    const digest = this.datasetDigest;
    const recorded = store.recordResult(onSameData(result, digest), retries, Date.now());
    // Only a result that counts says what the data are: a late one may be of a run on other data.
    if (digest === null && recorded.verdict === 'counted' && recorded.outcome.state === 'completed')
      store.fixDatasetDigest(searchId, recorded.outcome.datasetDigest);
    return recorded;
  }
}

/** A training on other images than the rest of the search cannot be compared with it: the result becomes `infeasible`. */
function onSameData(result: TrialResult, digest: string | null): TrialResult {
  const outcome = checkedOutcome(result.outcome);
  if (outcome.state !== 'completed' || digest === null || digest === outcome.datasetDigest) return result;
  const message = `trained on data with digest ${outcome.datasetDigest}, the search on ${digest}`;
  return { ...result, outcome: { state: 'infeasible', message } };
}

/** An error of SQLite about one write; what it says of the store itself is an `InputError`. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'SqliteError';
}
