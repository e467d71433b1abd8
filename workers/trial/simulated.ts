import { EventEmitter, once } from 'node:events';
import os from 'node:os';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { EpochMetrics, Provenance, TrialOutcome } from '../../search/plan/trial.js';
import {
  accuracyAt,
  faultOf,
  lossOf,
  type SimulatedFault,
  type SimulatedTrial,
} from '../../search/simulation/model.js';
import { type RunOptions, resultOf, type TrialJob, type TrialRunner } from '../executors/contract.js';
import { ConfusionCounts } from '../training/confusion.js';
import { learningRateAt } from '../training/schedule.js';

/**
 * Runs a simulated trial: the events and the result of a training that takes place in the accuracy model alone, on request with its
 * faults. Nothing is read or written, so any process can run it. An aborted signal ends it as `cancelled`.
 */
export const runSimulated: TrialRunner = async (job, options) => {
  if (!job.simulation) throw new Error(`trial ${job.trialId} is not simulated`);
  return resultOf(job, await simulate(job, job.simulation, options));
};

/** Digest recorded where no data was opened. */
const simulatedDigest = 'simulated';

async function simulate(job: TrialJob, simulation: SimulatedTrial, options: RunOptions): Promise<TrialOutcome> {
  const { trialId, attempt, token, network, recipe } = job;
  const { spec } = simulation;
  const { onEvent, signal } = options;
  const base = { trialId, attempt, token };
  const datasetDigest = job.datasetDigest ?? simulatedDigest;
  const run = { networkId: job.networkId, seed: job.seed, classes: network.classes, epochs: recipe.epochs };
  const fault = faultOf(spec, trialId, attempt, recipe.epochs);
  const begun = performance.now();
  const epochs: EpochMetrics[] = [];
  onEvent({ type: 'started', ...base, provenance, resumedAtEpoch: 0, datasetDigest, notes: [] });
  for (let epoch = 1; epoch <= recipe.epochs; epoch++) {
    const hangs = fault?.fault === 'hang' && fault.epoch === epoch;
    const spared = job.timeLimitMs === null ? Number.POSITIVE_INFINITY : begun + job.timeLimitMs - performance.now();
    const wait = hangs ? spared : Math.min(spec.epochMs, spared);
    if (!(await slept(wait, signal))) return { state: 'cancelled' };
    if (hangs || spared < spec.epochMs) return { state: 'timeout', afterMs: performance.now() - begun };
    if (fault?.epoch === epoch) return faultOutcome(fault.fault, epoch);
    const validationAccuracy = accuracyAt(epoch, simulation, run);
    const metrics = {
      epoch,
      trainLoss: lossOf(validationAccuracy),
      validationLoss: lossOf(validationAccuracy),
      validationAccuracy,
      learningRate: learningRateAt(epoch - 1, 1, recipe),
      wallMs: spec.epochMs,
      imagesPerSecond: 0,
    };
    epochs.push(metrics);
    onEvent({ type: 'epoch', ...base, metrics });
    if (epoch === job.pauseAfterEpoch && epoch < recipe.epochs) return { state: 'paused', atEpoch: epoch, epochs };
  }
  const last = epochs[epochs.length - 1] as EpochMetrics;
  return {
    state: 'completed',
    validationAccuracy: last.validationAccuracy,
    validationLoss: last.validationLoss,
    ...simulatedConfusion(last.validationAccuracy, network.classes),
    epochs,
    trainableParams: simulation.params,
    peakBytes: simulation.peakBytes,
    wallMs: recipe.epochs * spec.epochMs,
    datasetDigest,
    provenance,
  };
}

function faultOutcome(fault: SimulatedFault, epoch: number): TrialOutcome {
  const message = `simulated in epoch ${epoch}`;
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
      throw new Error('a hanging trial has no outcome of its own');
  }
}

/** Counts of 100 images per class that go with an accuracy: the errors of a class fall on the next one. */
function simulatedConfusion(accuracy: number, classes: number): ReturnType<ConfusionCounts['result']> {
  const counts = new ConfusionCounts(classes);
  const right = Math.round(100 * accuracy);
  for (let truth = 0; truth < classes; truth++) {
    counts.add(truth, truth, right);
    counts.add(truth, (truth + 1) % classes, 100 - right);
  }
  return counts.result();
}

const provenance: Provenance = {
  host: os.hostname(),
  pid: process.pid,
  engine: 'simulated',
  engineVersion: '1',
  device: 'none',
};

/** Waits, also for ever; false when the signal came first. */
async function slept(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    if (ms <= 0) await setImmediate();
    else if (ms === Number.POSITIVE_INFINITY) await once(new EventEmitter(), 'never', { signal });
    else await setTimeout(ms, undefined, { signal });
    return !signal.aborted;
  } catch {
    return false;
  }
}
