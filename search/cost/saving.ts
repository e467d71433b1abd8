import { InputError } from '../base/errors.js';
import type { LayerGraph } from '../network/layers/index.js';
import { type MemoryOptions, predictMemory, type Saving } from './memory-model.js';

export type { Saving };

export const noSaving: Saving = { recompute: false, microBatches: 1 };

/** How far trainings may save memory, each level with what the levels before it allow. */
export const savingLevels = ['none', 'recompute', 'micro-batches'] as const;
export type SavingLevel = (typeof savingLevels)[number];

/** What a training has to fit into, and what it may do for that. */
export interface Budget {
  /** Infinity for no limit. */
  readonly limitBytes: number;
  /** Default: everything. */
  readonly allowed?: SavingLevel;
  /** What is saved in any case; default nothing. */
  readonly asked?: Saving;
}

/** The saving that a training is given, and its predicted peak with it; above the limit when even the most that is allowed does not fit. */
export interface Fit {
  readonly saving: Saving;
  readonly peakBytes: number;
}

/**
 * The least saving with which a training of this batch is predicted to fit: none, then re-computation, which costs time, then also
 * micro-batches (2, 4, 8, …), which change what batch norm measures. With as few micro-batches as that takes, re-computation is left out
 * again where it is not needed. `peakOf` predicts the peak memory with a saving, bytes.
 */
export function leastSaving(
  peakOf: (saving: Saving) => number,
  batch: number,
  { limitBytes, allowed = 'micro-batches', asked = noSaving }: Budget,
): Fit {
  const tried = (saving: Saving): Fit => ({ saving, peakBytes: peakOf(saving) });
  const fits = (fit: Fit): boolean => fit.peakBytes <= limitBytes;
  let fit = tried(asked);
  if (fits(fit) || allowed === 'none') return fit;
  fit = tried({ ...asked, recompute: true });
  if (fits(fit) || allowed === 'recompute') return fit;
  while (!fits(fit) && fit.saving.microBatches < batch)
    fit = tried({ recompute: true, microBatches: Math.min(2 * fit.saving.microBatches, batch) });
  const faster = tried({ ...fit.saving, recompute: asked.recompute });
  return fits(faster) ? faster : fit;
}

/** `leastSaving` of one network. Throws `does-not-fit` when nothing that is allowed makes it fit. */
export function fitTraining(graph: LayerGraph, options: MemoryOptions, budget: Budget): Fit {
  const peakOf = (saving: Saving): number => predictMemory(graph, { ...options, ...saving }).peakBytes;
  const fit = leastSaving(peakOf, options.batch, budget);
  if (fit.peakBytes > budget.limitBytes) {
    const words = savingWords(fit.saving);
    throw new InputError(
      'does-not-fit',
      `network: expected a training of at most ${budget.limitBytes} bytes, got one of ${fit.peakBytes}${words === '' ? '' : ` ${words}`}`,
    );
  }
  return fit;
}

/** Whether a training saves memory at all. */
export function isSaving({ recompute, microBatches }: Saving): boolean {
  return recompute || microBatches > 1;
}

/**
 * Time of a training over that of one which saves nothing. The forward pass is a third of a step's multiply-adds, and re-computation repeats
 * it; micro-batches do the same work as the whole batch.
 */
export function slowdown({ recompute }: Saving): number {
  return recompute ? 4 / 3 : 1;
}

/** The part of a saving that belongs to a trial's identity: what changes its numbers, and so nothing of most. */
export function savingIdentity({ microBatches }: Saving): object {
  return microBatches > 1 ? { microBatches } : {};
}

/** `with blocks computed once more in the backward pass and each batch in 4 parts`; empty where nothing is saved. */
export function savingWords({ recompute, microBatches }: Saving): string {
  const ways = [
    ...(recompute ? ['blocks computed once more in the backward pass'] : []),
    ...(microBatches > 1 ? [`each batch in ${microBatches} parts`] : []),
  ];
  return ways.length > 0 ? `with ${ways.join(' and ')}` : '';
}
