import type { TrialEvent } from '../../../workers/executors/contract.js';
import type { Feeder } from './feeder.js';
import type { ProgressTracker } from './progress.js';
import type { Recorder } from './recorder.js';
import { type SearchEvent, searchEventOf } from './search-events.js';

export interface ListenerOptions {
  readonly feeder: Feeder;
  readonly tracker: ProgressTracker;
  readonly recorder: Recorder;
  /** Of every trial. */
  readonly epochs: number;
  readonly emit: (event: SearchEvent) => void;
  /** Called with what a person should know of a trial. */
  readonly note: (trialId: string, message: string) => void;
}

/** Hears what trials say while they train, and passes on what comes from an attempt that is open. */
export class Listener {
  /** What trials of an earlier run have said before this one knows which of them it goes on with; null afterwards. */
  private early: TrialEvent[] | null = [];

  constructor(private readonly options: ListenerOptions) {}

  hear(event: TrialEvent): void {
    if (this.early) return void this.early.push(event);
    const { feeder, tracker, recorder, epochs, emit, note } = this.options;
    const open = feeder.get(event.trialId);
    if (open?.job.token !== event.token) return;
    tracker.heard(event);
    recorder.event(event);
    const told = searchEventOf(event, open.trial.networkId, epochs);
    if (told) emit(told);
    if (event.type === 'started') for (const message of event.notes) note(event.trialId, message);
    if (event.type === 'note') note(event.trialId, event.message);
  }

  /** To be called once the feeder knows the trials that this run goes on with: what they have said by then is heard now. */
  begin(): void {
    const { early } = this;
    this.early = null;
    for (const event of early ?? []) this.hear(event);
  }
}
