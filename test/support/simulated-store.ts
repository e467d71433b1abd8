import { Store } from '../../db/store.js';
import { parseArchitecture } from '../../search/network/architecture.js';
import { catalogue } from '../../search/network/catalogue/index.js';
import { type ExperimentSpec, parseExperiment } from '../../search/plan/experiment.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import { makePlan, type Plan, type PlannedTrial } from '../../search/plan/plan.js';
import type { EpochMetrics, Provenance, TrialOutcome } from '../../search/plan/trial.js';
import { realisedMultipliers } from '../../search/scaling/realised-multipliers.js';
import {
  accuracyAt,
  faultOf,
  finalAccuracy,
  lossOf,
  type SimulatedRun,
  type SimulatedTrial,
} from '../../search/simulation/model.js';
import { simulatedPlan } from '../../search/simulation/simulated-plan.js';
import { type SimulationSpec, simulationSchema } from '../../search/simulation/simulation.js';

/** Where the clock of such a store begins: two that are filled alike are equal. */
const startMs = Date.UTC(2026, 0, 5, 9);

export interface SimulatedStoreOptions {
  /** Fields of the experiment that differ from a coarse grid on the small baseline. */
  readonly experiment?: object;
  /** Fields of the simulation; `faults` among them. */
  readonly simulation?: object;
  /** End so many trials; the others stay queued. All when absent. */
  readonly finish?: number;
  /** Of the trials that are not ended, how many are half-way through. */
  readonly running?: number;
  /** What a worker says of itself and of its failures, by the trial's place in the plan; ordinary words when absent. */
  readonly words?: (place: number) => string;
}

export interface SimulatedSearch {
  readonly searchId: number;
  readonly plan: Plan;
}

/** Fills a new store with one simulated search, attempt by attempt, through the writer that a coordinator uses. */
export function fillSimulatedStore(file: string, options: SimulatedStoreOptions = {}): SimulatedSearch {
  const store = Store.open(file);
  try {
    return addSimulatedSearch(store, options);
  } finally {
    store.close();
  }
}

export function addSimulatedSearch(store: Store, options: SimulatedStoreOptions = {}): SimulatedSearch {
  const spec = smallExperiment(options.experiment);
  const model = simulationSchema.parse(options.simulation ?? {});
  const { baseline } = spec;
  const network = typeof baseline === 'string' ? catalogue[baseline]! : parseArchitecture(baseline);
  const plan = simulatedPlan(makePlan(spec, network), model);
  const { id: searchId } = store.addSearch(plan, model, startMs);
  const { finish = plan.trials.length, running = 0 } = options;
  const filler = new Filler(store, plan, model, options.words);
  store.transaction(() => {
    plan.trials.slice(0, finish).forEach((trial, place) => {
      filler.end(trial, place);
    });
    plan.trials.slice(finish, finish + running).forEach((trial, i) => {
      filler.begin(trial, finish + i);
    });
  });
  return { searchId, plan };
}

function smallExperiment(fields: object = {}): ExperimentSpec {
  return parseExperiment({
    name: 'small',
    question: 'Which coefficients suit the small baseline?',
    baseline: 'efficientnet-b0-small',
    data: { source: 'shapes' },
    grid: {
      alpha: { from: 1, to: 2, step: 0.1 },
      beta: { from: 1, to: 1.5, step: 0.1 },
      gamma: { from: 1, to: 1.5, step: 0.1 },
    },
    training: { epochs: 12 },
    replicates: 2,
    ...fields,
  });
}

/** Plays the workers of a search on a clock of its own. */
class Filler {
  private atMs = startMs;
  private attempts = 0;

  constructor(
    private readonly store: Store,
    private readonly plan: Plan,
    private readonly model: SimulationSpec,
    private readonly words: ((place: number) => string) | undefined,
  ) {}

  /** Attempts until the trial is over. */
  end(trial: PlannedTrial, place: number): void {
    for (let number = 1; ; number++) {
      const epochs = this.epochs(trial);
      const fault = faultOf(this.model, trial.id, number, epochs.length);
      const reached = fault ? epochs.slice(0, fault.epoch - 1) : epochs;
      const attempt = this.open(trial, place, reached);
      const outcome = fault ? this.failure(fault, place) : this.success(trial, place, epochs);
      this.atMs += Math.round(reached.reduce((sum, { wallMs }) => sum + wallMs, 0) / 4);
      const recorded = this.store.recordResult({ ...attempt, outcome }, defaultRetries, this.atMs);
      if (recorded.verdict !== 'counted') throw new Error(`a result was ${recorded.verdict}`);
      if (recorded.state !== 'queued') return;
    }
  }

  /** Trains a trial half-way. */
  begin(trial: PlannedTrial, place: number): void {
    const epochs = this.epochs(trial);
    this.open(trial, place, epochs.slice(0, epochs.length / 2));
  }

  private open(trial: PlannedTrial, place: number, reached: readonly EpochMetrics[]) {
    const token = `${this.plan.hash} ${this.attempts++}`;
    const number = this.store.openAttempt(trial.id, token, this.atMs);
    const attempt = { trialId: trial.id, attempt: number, token };
    this.store.startAttempt(
      { ...attempt, provenance: this.provenance(trial, place), resumedAtEpoch: 0 },
      this.atMs + 10,
    );
    for (const metrics of reached) this.store.recordEpoch({ ...attempt, metrics });
    return attempt;
  }

  private simulated({ networkId, seed }: PlannedTrial): { trial: SimulatedTrial; run: SimulatedRun; macs: number } {
    const { plan, model } = this;
    const { network, cost, peakBytes } = plan.networks.find(({ id }) => id === networkId)!;
    return {
      trial: {
        spec: model,
        costRatio: cost.macs / plan.baselineCost.macs,
        multipliers: realisedMultipliers(plan.baseline, network),
        params: cost.params,
        peakBytes,
      },
      run: { networkId, seed, classes: plan.baseline.classes, epochs: plan.recipe.epochs },
      macs: cost.macs,
    };
  }

  /** The whole curve, at a speed that goes with the cost. */
  private epochs(planned: PlannedTrial): EpochMetrics[] {
    const { trial, run, macs } = this.simulated(planned);
    const { epochs, learningRate } = this.plan.recipe;
    const imagesPerSecond = 4e10 / macs;
    return Array.from({ length: epochs }, (_, i) => {
      const validationAccuracy = accuracyAt(i + 1, trial, run);
      return {
        epoch: i + 1,
        trainLoss: lossOf(validationAccuracy) * 0.9,
        validationLoss: lossOf(validationAccuracy),
        validationAccuracy,
        learningRate: learningRate * 0.5 * (1 + Math.cos((Math.PI * i) / epochs)),
        wallMs: (2400 / imagesPerSecond) * 1000,
        imagesPerSecond,
      };
    });
  }

  private success(planned: PlannedTrial, place: number, epochs: readonly EpochMetrics[]): TrialOutcome {
    const { trial, run } = this.simulated(planned);
    const validationAccuracy = finalAccuracy(trial, run);
    const perClass = 60;
    const right = Math.round(validationAccuracy * perClass);
    const neighbour = (truth: number): number => (truth + 1) % run.classes;
    const counts = (truth: number, predicted: number): number =>
      predicted === truth ? right : predicted === neighbour(truth) ? perClass - right : 0;
    return {
      state: 'completed',
      validationAccuracy,
      validationLoss: lossOf(validationAccuracy),
      confusion: Array.from({ length: run.classes }, (_, truth) =>
        Array.from({ length: run.classes }, (_, predicted) => counts(truth, predicted)),
      ),
      epochs,
      trainableParams: trial.params,
      peakBytes: trial.peakBytes,
      wallMs: epochs.reduce((sum, { wallMs }) => sum + wallMs, 0),
      datasetDigest: this.words?.(place) ?? 'simulated',
      provenance: this.provenance(planned, place),
    };
  }

  private failure({ fault, epoch }: NonNullable<ReturnType<typeof faultOf>>, place: number): TrialOutcome {
    const message = this.words?.(place) ?? `simulated ${fault}`;
    switch (fault) {
      case 'crash':
        return { state: 'crashed', message };
      case 'lost':
        return { state: 'lost', message };
      case 'oom':
        return { state: 'oom', message };
      case 'diverge':
        return { state: 'diverged', atEpoch: epoch };
      case 'hang':
        return { state: 'timeout', afterMs: 60_000 };
    }
  }

  private provenance({ seed }: PlannedTrial, place: number): Provenance {
    const pid = 100 + (seed % 3);
    const word = this.words?.(place);
    if (word !== undefined) return { host: word, pid, engine: word, engineVersion: word, device: word };
    return { host: `worker-${pid - 99}`, pid, engine: 'wasm', engineVersion: '4.22.0', device: 'one core' };
  }
}
