import type { TrialStanding } from '../../../db/records.js';
import { paceOf, searchTimeLeft, type TimeLeft } from '../../../search/plan/forecast/time-left.js';
import { epochWork } from '../../../search/plan/forecast/work.js';
import { isTerminal, type TrialState } from '../../../search/plan/outcomes.js';
import type { Plan, PlannedNetwork } from '../../../search/plan/plan.js';
import type { TrialEvent } from '../../../workers/executors/contract.js';

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
  /** At the speed of the trials so far; null until there is one. Seeds that replication may add are not in it. */
  readonly timeLeft: TimeLeft | null;
}

interface Standing {
  readonly networkId: string;
  /** Of one epoch, as `epochWork` counts it. */
  readonly work: number;
  state: TrialState;
  attempt: number;
  /** Epochs that need not be trained again, with the share of the one in progress. */
  epoch: number;
  validationAccuracy: number | null;
  imagesPerSecond: number | null;
  /** Epochs that this run has trained of it, and how long they took. */
  trainedEpochs: number;
  trainedMs: number;
}

/** The time left is worked out again after so long. */
const forecastMs = 2000;
/** Trials whose speed is remembered: the latest speak for the machine as it is now. */
const mostSpeeds = 200;

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
  };
  private best: Progress['best'] = null;
  /** Milliseconds per unit of work of the trials that this run has finished. */
  private readonly speeds: number[] = [];
  private forecast: { readonly atMs: number; readonly timeLeft: TimeLeft | null } | null = null;
  private readonly epochs: number;
  private readonly workOf = new Map<string, number>();

  constructor(
    plan: Pick<Plan, 'recipe' | 'networks'>,
    trials: readonly TrialStanding[],
    private readonly begunMs: number,
  ) {
    this.epochs = plan.recipe.epochs;
    this.add(trials, plan.networks);
  }

  /** Takes on trials: at the beginning, and when the search is given more of them. `networks`: those of them that are new here. */
  add(trials: readonly TrialStanding[], networks: readonly PlannedNetwork[]): void {
    for (const network of networks) this.workOf.set(network.id, epochWork(network));
    for (const trial of trials) {
      // What an earlier run was training is not being trained now.
      const state = isTerminal(trial.state) || trial.state === 'paused' ? trial.state : 'queued';
      const { id, networkId } = trial;
      this.standings.set(id, {
        networkId,
        work: this.workOf.get(networkId) ?? 0,
        state,
        attempt: 0,
        epoch: 0,
        validationAccuracy: null,
        imagesPerSecond: null,
        trainedEpochs: 0,
        trainedMs: 0,
      });
      this.counts[state]++;
      if (trial.validationAccuracy !== null) this.consider(id, networkId, trial.validationAccuracy);
    }
  }

  /** Takes note of what a running trial says. */
  heard(event: TrialEvent): void {
    const standing = this.standings.get(event.trialId);
    if (!standing || isTerminal(standing.state) || event.type === 'note') return;
    this.running.set(event.trialId, standing);
    // A coordinator that takes over what runs does not hear of its start.
    if (standing.state !== 'running') this.move(standing, 'running');
    standing.attempt = event.attempt;
    if (event.type === 'started') {
      standing.epoch = event.resumedAtEpoch;
      standing.validationAccuracy = null;
      standing.imagesPerSecond = null;
      return;
    }
    if (event.type === 'epoch') {
      standing.validationAccuracy = numberOrNull(event.metrics.validationAccuracy);
      standing.trainedEpochs++;
      standing.trainedMs += event.metrics.wallMs;
    }
    standing.imagesPerSecond = (event.type === 'epoch' ? event.metrics : event).imagesPerSecond;
    const epoch = event.type === 'epoch' ? event.metrics.epoch : event.epoch - 1 + event.step / event.steps;
    standing.epoch = Math.max(standing.epoch, epoch);
  }

  /** Takes note of a trial that was over, or waited at a rung, and is to be trained again. */
  requeued(trialId: string): void {
    const standing = this.standings.get(trialId);
    if (!standing || (!isTerminal(standing.state) && standing.state !== 'paused')) return;
    this.move(standing, 'queued');
    standing.epoch = 0;
  }

  /** Takes note of what became of a trial; `accuracy` is that of a completed one. */
  settled(trialId: string, state: TrialState, accuracy: number | null): void {
    const standing = this.standings.get(trialId);
    if (!standing) return;
    this.running.delete(trialId);
    this.move(standing, state);
    if (!isTerminal(state)) return;
    const speed = msPerWork(standing);
    if (state === 'completed' && speed !== null) {
      this.speeds.push(speed);
      if (this.speeds.length > mostSpeeds) this.speeds.shift();
    }
    if (accuracy !== null) this.consider(trialId, standing.networkId, accuracy);
  }

  /** The network of a trial of this search. */
  networkOf(trialId: string): string {
    const standing = this.standings.get(trialId);
    if (!standing) throw new RangeError(`trial ${trialId} is not in the search`);
    return standing.networkId;
  }

  progress(nowMs: number): Progress {
    if (!this.forecast || nowMs - this.forecast.atMs >= forecastMs || this.isOver)
      this.forecast = { atMs: nowMs, timeLeft: this.timeLeft() };
    return {
      trials: { ...this.counts },
      total: this.standings.size,
      running: [...this.running].map(([trialId, standing]) => this.runningTrial(trialId, standing)),
      best: this.best,
      elapsedMs: nowMs - this.begunMs,
      timeLeft: this.forecast.timeLeft,
    };
  }

  private get isOver(): boolean {
    const { queued, running } = this.counts;
    return queued + running === 0;
  }

  private timeLeft(): TimeLeft | null {
    const running = [...this.running.values()].map((standing) => ({ ...standing, msPerWork: msPerWork(standing) }));
    const queued: number[] = [];
    for (const { state, work } of this.standings.values()) if (state === 'queued') queued.push(work);
    return searchTimeLeft({ epochs: this.epochs, running, queued }, this.speeds);
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

/** Of what this run has trained of a trial; null before an epoch of it. */
function msPerWork({ work, trainedEpochs, trainedMs }: Standing): number | null {
  return paceOf(work, trainedEpochs, trainedMs);
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
