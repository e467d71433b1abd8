import type { NetworkRow, TrialRow } from '../data/model.js';
import type { ExportRow } from './csv.js';

/** Networks as rows of an export; the unit is in the name wherever there is one. */
export function networkExport(rows: readonly NetworkRow[]): ExportRow[] {
  return rows.map(({ id, network, group, point, trials, estimate, verdict, reason, secondsPerImage, shares }) => ({
    network: id,
    group,
    alpha: point.alpha,
    beta: point.beta,
    gamma: point.gamma,
    phi: point.phi,
    depthMultiplier: network.multipliers.depth,
    widthMultiplier: network.multipliers.width,
    resolutionMultiplier: network.multipliers.resolution,
    resolutionPx: network.resolutionPx,
    nominalCostRatio: point.nominal,
    realisedCostRatio: network.realised,
    macs: network.cost.macs,
    params: network.cost.params,
    activations: network.cost.activations,
    predictedPeakBytes: network.peakBytes,
    depthShare: shares?.[0] ?? null,
    widthShare: shares?.[1] ?? null,
    resolutionShare: shares?.[2] ?? null,
    seedsFinished: estimate?.n ?? 0,
    seedsPlanned: trials.length,
    meanAccuracy: estimate?.mean ?? null,
    seedSd: estimate?.ownSd ?? null,
    interval95Low: estimate?.interval?.[0] ?? null,
    interval95High: estimate?.interval?.[1] ?? null,
    trainingSecondsPerImage: secondsPerImage,
    verdict,
    reason,
  }));
}

/** Trials as rows of an export. */
export function trialExport(rows: readonly TrialRow[]): ExportRow[] {
  return rows.map(({ id, network, replicate, trial }) => {
    const result = trial.state === 'completed' ? trial.result : null;
    return {
      trial: id,
      network: network.id,
      alpha: network.point.alpha,
      beta: network.point.beta,
      gamma: network.point.gamma,
      phi: network.point.phi,
      seedNumber: replicate + 1,
      state: trial.state,
      outcome: trial.state === 'failed' ? trial.outcome : null,
      message: trial.state === 'failed' ? trial.message : null,
      attempts: trial.attempts,
      validationAccuracy: result?.validationAccuracy ?? null,
      validationLoss: result?.validationLoss ?? null,
      wallMs: result?.wallMs ?? null,
      imagesPerSecond: result?.imagesPerSecond ?? null,
      peakBytes: result?.peakBytes ?? null,
      host: result?.host ?? (trial.state === 'running' ? trial.host : null),
      engine: result?.engine ?? null,
    };
  });
}
