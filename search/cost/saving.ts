/** How one training saves memory. */
export interface Saving {
  /** Activations inside of blocks are dropped and computed once more in the backward pass. Leaves the numbers as they are. */
  readonly recompute: boolean;
  /** Parts of a batch that are trained one after the other, their gradients added up. Batch norm measures each on its own: other numbers. */
  readonly microBatches: number;
}

export const noSaving: Saving = { recompute: false, microBatches: 1 };

/** How far trainings may save memory, each with what it allows before it. */
export const savingLevels = ['none', 'recompute', 'micro-batches'] as const;
export type SavingLevel = (typeof savingLevels)[number];

/** Whether a training saves memory at all. */
export function isSaving({ recompute, microBatches }: Saving): boolean {
  return recompute || microBatches > 1;
}

/**
 * Time of a training over that of one which saves nothing. The forward pass is a third of a step's multiply-adds, and re-computation does it
 * once more; parts of a batch do the same work as the whole.
 */
export function slowdown({ recompute }: Saving): number {
  return recompute ? 4 / 3 : 1;
}

/** What of a saving is part of a trial's identity: what changes its numbers. Nothing of most. */
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
