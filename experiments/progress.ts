import type { TrialStanding } from '../db/records.js';
import { isTerminal, type TrialState } from '../search/outcomes.js';
import type { Plan } from '../search/plan.js';
import type { TrialEvent } from '../workers/contract.js';

/** A trial that is being trained. */
export interface RunningTrial {
  readonly trialId: string;
  readonly networkId: string;
  readonly attempt: number;
  /** Finished epochs, with the share of the one in progress. */
  readonly epoch: number;
  readonly epochs: number;
  /** After the last finished epoch; null before the first, or when it was NaN. */
  readonly validationAccuracy: number | null;
  readonly imagesPerSecond: number | null;
}

/** How a search stands. */
export interface Progress {
  /** Trials by state. */
  readonly trials: Readonly<Record<TrialState, number>>;
  readonly total: number;
  readonly running: readonly RunningTrial[];
  /** The most accurate completed trial so far. */
  readonly best: { readonly trialId: string; readonly networkId: string; readonly validationAccuracy: number } | null;
  /** Since this run of the search began. */
  readonly elapsedMs: number;
  /** At the speed of this run so far, in macs times epochs; null until there is one. */
  readonly leftMs: number | null;
}

interface Standing {
  readonly networkId: string;
  readonly macs: number;
  state: TrialState;
  attempt: number;
  /** Epochs that need not be trained again, with the share of the one in progress. */
  epoch: number;
  validationAccuracy: number | null;
  imagesPerSecond: number | null;
}

/** Keeps count of a search while it runs. `nowMs` is any steady clock. */
export class ProgressTracker {
  private readonly standings = new Map<string, Standing>();
  private readonly running = new Map<string, Standing>();
  private readonly counts: Record<TrialState, number> = {
    queued: 0,
    running: 0,
    paused: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    skipped: 0,
  };
  private best: Progress['best'] = null;
  /** Macs times epochs that are still to be trained, and that this run has trained. */
  private leftWork = 0;
  private doneWork = 0;
  private readonly epochs: number;
  private readonly macsOf: ReadonlyMap<string, number>;

  constructor(
    plan: Plan,
    trials: readonly TrialStanding[],
    private readonly begunMs: number,
  ) {
    this.epochs = plan.recipe.epochs;
    this.macsOf = new Map(plan.networks.map(({ id, cost }) => [id, cost.macs]));
    this.add(trials);
  }

  /** Takes on trials: at the beginning, and when the search is given more of them. */
  add(trials: readonly TrialStanding[]): void {
    for (const trial of trials) {
      const macs = this.macsOf.get(trial.networkId) ?? 0;
      // What an earlier run was training is not being trained now.
      const state = isTerminal(trial.state) ? trial.state : 'queued';
      const { id, networkId } = trial;
      this.standings.set(id, {
        networkId,
        macs,
        state,
        attempt: 0,
        epoch: 0,
        validationAccuracy: null,
        imagesPerSecond: null,
      });
      this.counts[state]++;
      if (!isTerminal(state)) this.leftWork += macs * this.epochs;
      if (trial.validationAccuracy !== null) this.consider(id, networkId, trial.validationAccuracy);
    }
  }

  /** Takes note of what a running trial says. */
  heard(event: TrialEvent): void {
    const standing = this.standings.get(event.trialId);
    if (!standing || isTerminal(standing.state)) return;
    this.running.set(event.trialId, standing);
    standing.attempt = event.attempt;
    if (event.type === 'started') {
      this.move(standing, 'running');
      this.leftWork += standing.macs * (standing.epoch - event.resumedAtEpoch);
      standing.epoch = event.resumedAtEpoch;
      standing.validationAccuracy = null;
      standing.imagesPerSecond = null;
      return;
    }
    if (event.type === 'epoch') standing.validationAccuracy = numberOrNull(event.metrics.validationAccuracy);
    standing.imagesPerSecond = (event.type === 'epoch' ? event.metrics : event).imagesPerSecond;
    const epoch = event.type === 'epoch' ? event.metrics.epoch : event.epoch - 1 + event.step / event.steps;
    const trained = standing.macs * Math.max(0, epoch - standing.epoch);
    this.leftWork -= trained;
    this.doneWork += trained;
    standing.epoch = Math.max(standing.epoch, epoch);
  }

  /** Takes note of a trial that was over and is to be trained again. */
  requeued(trialId: string): void {
    const standing = this.standings.get(trialId);
    if (!standing || !isTerminal(standing.state)) return;
    this.move(standing, 'queued');
    standing.epoch = 0;
    this.leftWork += standing.macs * this.epochs;
  }

  /** Takes note of what became of a trial; `accuracy` is that of a completed one. */
  settled(trialId: string, state: TrialState, accuracy: number | null): void {
    const standing = this.standings.get(trialId);
    if (!standing) return;
    this.running.delete(trialId);
    this.move(standing, state);
    if (!isTerminal(state)) return;
    const untrained = standing.macs * (this.epochs - standing.epoch);
    this.leftWork -= untrained;
    if (state === 'completed') this.doneWork += untrained;
    if (accuracy !== null) this.consider(trialId, standing.networkId, accuracy);
  }

  /** The network of a trial of this search. */
  networkOf(trialId: string): string {
    const standing = this.standings.get(trialId);
    if (!standing) throw new RangeError(`trial ${trialId} is not in the search`);
    return standing.networkId;
  }

  progress(nowMs: number): Progress {
    const elapsedMs = nowMs - this.begunMs;
    const { queued, running, paused } = this.counts;
    const isOver = queued + running + paused === 0;
    return {
      trials: { ...this.counts },
      total: this.standings.size,
      running: [...this.running].map(([trialId, standing]) => this.runningTrial(trialId, standing)),
      best: this.best,
      elapsedMs,
      leftMs: isOver ? 0 : this.doneWork > 0 ? (this.leftWork / this.doneWork) * elapsedMs : null,
    };
  }

  private runningTrial(trialId: string, standing: Standing): RunningTrial {
    const { networkId, attempt, epoch, validationAccuracy, imagesPerSecond } = standing;
    return { trialId, networkId, attempt, epoch, epochs: this.epochs, validationAccuracy, imagesPerSecond };
  }

  private move(standing: Standing, state: TrialState): void {
    this.counts[standing.state]--;
    this.counts[state]++;
    standing.state = state;
  }

  private consider(trialId: string, networkId: string, validationAccuracy: number): void {
    if (!this.best || validationAccuracy > this.best.validationAccuracy)
      this.best = { trialId, networkId, validationAccuracy };
  }
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
