import { InputError } from './errors.js';
import type { LayerGraph } from './layers.js';
import { type MemoryOptions, predictMemory } from './memory.js';

/** How a training saves memory. */
export interface Saving {
  readonly recompute: boolean;
  readonly microBatches: number;
}

export interface Fit extends Saving {
  /** Predicted. */
  readonly peakBytes: number;
}

/**
 * The least saving with which a training is predicted to fit: none, then re-computation, which costs time, then also micro-batches (2, 4,
 * 8, …), which change what batch norm measures. What is asked for is taken from the start. Throws `does-not-fit` when one image at a time
 * needs more.
 */
export function fitTraining(
  graph: LayerGraph,
  options: MemoryOptions,
  limitBytes: number,
  asked: Saving = { recompute: false, microBatches: 1 },
): Fit {
  const tried = (saving: Saving): Fit => ({
    ...saving,
    peakBytes: predictMemory(graph, { ...options, ...saving }).peakBytes,
  });
  let fit = tried(asked);
  if (fit.peakBytes > limitBytes) fit = tried({ ...asked, recompute: true });
  while (fit.peakBytes > limitBytes && fit.microBatches < options.batch)
    fit = tried({ recompute: true, microBatches: Math.min(2 * fit.microBatches, options.batch) });
  if (fit.peakBytes > limitBytes)
    throw new InputError(
      'does-not-fit',
      `network: expected a training of at most ${limitBytes} bytes, got one of ${fit.peakBytes} with one image at a time`,
    );
  return fit;
}
