import { Store } from '../../db/store.js';
import { catalogue } from '../../search/catalogue/index.js';
import { type ExperimentSpec, parseExperiment } from '../../search/experiment.js';
import { defaultRetries } from '../../search/outcomes.js';
import { makePlan, type Plan } from '../../search/plan.js';
import { realisedMultipliers } from '../../search/realised-multipliers.js';
import { simulatedPlan } from '../../search/simulated-plan.js';
import { type SimulationSpec, simulationSchema } from '../../search/simulation.js';
import { accuracyAt, faultOf, finalAccuracy, lossOf, type SimulatedTrial } from '../../search/simulation-model.js';
import type { EpochMetrics, TrialOutcome } from '../../search/trial.js';

/** A clock of its own, so that two stores that are filled alike are equal. */
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
  /** False: stored as if it had been trained, for pages that must not say `simulated`. */
  readonly marked?: boolean;
}

export function smallExperiment(fields: object = {}): ExperimentSpec {
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

/** Fills a new store with one simulated search, attempt by attempt, through the writer that a coordinator uses. */
export function fillSimulatedStore(
  file: string,
  options: SimulatedStoreOptions = {},
): { searchId: number; plan: Plan } {
  const store = Store.open(file);
  try {
    return addSimulatedSearch(store, options);
  } finally {
    store.close();
  }
}

export function addSimulatedSearch(
  store: Store,
  { experiment, simulation, finish, running = 0, marked = true }: SimulatedStoreOptions = {},
): { searchId: number; plan: Plan } {
  const spec = smallExperiment(experiment);
  const model = simulationSchema.parse(simulation ?? {});
  const real = makePlan(spec, catalogue[spec.baseline as string]!);
  const plan = marked ? simulatedPlan(real, model) : real;
  const { id: searchId } = store.addSearch(plan, marked ? model : null, startMs);
  const last = finish ?? plan.trials.length;
  const tokens = tokenSource(plan.hash);
  store.transaction(() => {
    let atMs = startMs;
    for (const [i, trial] of plan.trials.entries()) {
      if (i < last) atMs = endTrial(store, plan, model, trial, atMs, tokens);
      else if (i < last + running) beginTrial(store, plan, model, trial, atMs, tokens);
    }
  });
  store.addEvent({ searchId, kind: 'started', detail: `${plan.trials.length} trials` }, startMs);
  return { searchId, plan };
}

type PlannedTrial = Plan['trials'][number];

/** Attempts until the trial is over; returns when that was. */
function endTrial(
  store: Store,
  plan: Plan,
  model: SimulationSpec,
  trial: PlannedTrial,
  fromMs: number,
  nextToken: () => string,
): number {
  let atMs = fromMs;
  for (let number = 1; ; number++) {
    const { simulated, provenance, epochs } = training(plan, model, trial);
    const token = nextToken();
    const fault = faultOf(model, trial.id, number, plan.recipe.epochs);
    const outcome = fault ? failure(fault) : success(plan, trial, simulated, epochs, provenance);
    const reached = fault ? epochs.slice(0, fault.epoch - 1) : epochs;
    const tookMs = Math.round(reached.reduce((sum, { wallMs }) => sum + wallMs, 0));
    const attempt = store.openAttempt(trial.id, token, atMs);
    store.startAttempt({ trialId: trial.id, attempt, token, provenance, resumedAtEpoch: 0 }, atMs + 10);
    for (const metrics of reached) store.recordEpoch({ trialId: trial.id, attempt, token, metrics });
    const result = { trialId: trial.id, attempt, token, outcome };
    const recorded = store.recordResult(result, defaultRetries, atMs + 10 + tookMs);
    const state = recorded.verdict === 'counted' ? recorded.state : 'failed';
    atMs += 20 + Math.round(tookMs / 4);
    if (state !== 'queued') return atMs;
  }
}

function beginTrial(
  store: Store,
  plan: Plan,
  model: SimulationSpec,
  trial: PlannedTrial,
  atMs: number,
  nextToken: () => string,
): void {
  const { provenance, epochs } = training(plan, model, trial);
  const token = nextToken();
  const attempt = store.openAttempt(trial.id, token, atMs);
  store.startAttempt({ trialId: trial.id, attempt, token, provenance, resumedAtEpoch: 0 }, atMs + 10);
  for (const metrics of epochs.slice(0, Math.ceil(epochs.length / 2)))
    store.recordEpoch({ trialId: trial.id, attempt, token, metrics });
}

function training(plan: Plan, spec: SimulationSpec, trial: PlannedTrial) {
  const network = plan.networks.find(({ id }) => id === trial.networkId)!;
  const simulated: SimulatedTrial = {
    spec,
    costRatio: network.cost.macs / plan.baselineCost.macs,
    multipliers: realisedMultipliers(plan.baseline, network.network),
    params: network.cost.params,
    peakBytes: network.peakBytes,
  };
  const run = {
    networkId: trial.networkId,
    seed: trial.seed,
    classes: plan.baseline.classes,
    epochs: plan.recipe.epochs,
  };
  const imagesPerSecond = 4e10 / network.cost.macs;
  const epochs = Array.from({ length: plan.recipe.epochs }, (_, i): EpochMetrics => {
    const accuracy = accuracyAt(i + 1, simulated, run);
    return {
      epoch: i + 1,
      trainLoss: lossOf(accuracy) * 0.9,
      validationLoss: lossOf(accuracy),
      validationAccuracy: accuracy,
      learningRate: plan.recipe.learningRate * 0.5 * (1 + Math.cos((Math.PI * i) / plan.recipe.epochs)),
      wallMs: (2400 / imagesPerSecond) * 1000,
      imagesPerSecond,
    };
  });
  const worker = trial.seed % 3;
  const provenance = {
    host: `worker-${worker + 1}`,
    pid: 100 + worker,
    engine: 'wasm',
    engineVersion: '4.22.0',
    device: 'one core',
  };
  return { simulated, run, epochs, provenance };
}

function success(
  plan: Plan,
  trial: PlannedTrial,
  simulated: SimulatedTrial,
  epochs: readonly EpochMetrics[],
  provenance: { host: string; pid: number; engine: string; engineVersion: string; device: string },
): TrialOutcome {
  const { classes } = plan.baseline;
  const run = { networkId: trial.networkId, seed: trial.seed, classes, epochs: plan.recipe.epochs };
  const accuracy = finalAccuracy(simulated, run);
  const perClass = 60;
  const right = Math.round(accuracy * perClass);
  return {
    state: 'completed',
    validationAccuracy: accuracy,
    validationLoss: lossOf(accuracy),
    confusion: Array.from({ length: classes }, (_, truth) =>
      Array.from({ length: classes }, (_, predicted) =>
        predicted === truth ? right : predicted === (truth + 1) % classes ? perClass - right : 0,
      ),
    ),
    epochs,
    trainableParams: simulated.params,
    peakBytes: simulated.peakBytes,
    wallMs: epochs.reduce((sum, { wallMs }) => sum + wallMs, 0),
    datasetDigest: 'simulated',
    provenance,
  };
}

function failure({ fault, epoch }: NonNullable<ReturnType<typeof faultOf>>): TrialOutcome {
  switch (fault) {
    case 'crash':
      return { state: 'crashed', message: 'simulated crash' };
    case 'lost':
      return { state: 'lost', message: 'simulated loss of the worker' };
    case 'oom':
      return { state: 'oom', message: 'simulated: out of memory' };
    case 'diverge':
      return { state: 'diverged', atEpoch: epoch };
    case 'hang':
      return { state: 'timeout', afterMs: 60_000 };
  }
}

function tokenSource(name: string): () => string {
  let count = 0;
  return () => `${name}-${++count}`;
}
