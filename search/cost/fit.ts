import { InputError } from '../base/errors.js';
import type { LayerGraph } from '../network/layers.js';
import { type MemoryOptions, predictMemory } from './memory-model.js';
import { noSaving, type Saving, type SavingLevel, savingWords } from './saving.js';

/** What a training has to fit into, and what it may do for that. */
export interface Budget {
  /** Infinity for any amount. */
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
 * The least saving with which a training of so large a batch is predicted to fit: none, then re-computation, which costs time, then also
 * micro-batches (2, 4, 8, …), which change what batch norm measures. With as few of those as it takes, re-computation is left out again where
 * it is not needed. `peakOf` predicts the peak memory with a saving, bytes.
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
