/** What a trial says of itself. These records cross every border: worker to coordinator, coordinator to store, store to page. */

/** Measured after an epoch, on the validation split, with the averaged weights where the recipe asks for them. */
export interface EpochMetrics {
  /** From 1. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** Share in [0, 1]. */
  readonly validationAccuracy: number;
  readonly learningRate: number;
  readonly wallMs: number;
  readonly imagesPerSecond: number;
}

/** A validation image that was taken for another class. */
export interface Mistake {
  /** Place in the validation split, from 0. */
  readonly image: number;
  /** Index of the true class, and of the one that the network says. */
  readonly truth: number;
  readonly predicted: number;
  /** Of the predicted class, by the soft-max of the logits; a share in [0, 1]. */
  readonly probability: number;
}

/** Where and with what a trial ran. */
export interface Provenance {
  readonly host: string;
  readonly pid: number;
  readonly engine: string;
  readonly engineVersion: string;
  readonly device: string;
}

/** The cells of confusion[truth][predicted] that are not zero. */
export interface ConfusionCells {
  readonly classes: number;
  readonly cells: readonly (readonly [truth: number, predicted: number, count: number])[];
}

/** How an attempt ended. Only `completed` has an accuracy to read. */
export type TrialOutcome =
  | {
      readonly state: 'completed';
      /** At the recipe's last epoch. */
      readonly validationAccuracy: number;
      readonly validationLoss: number;
      /** confusion[truth][predicted], validation images; empty where there are so many classes that `confusionCells` says it. */
      readonly confusion: readonly (readonly number[])[];
      readonly confusionCells?: ConfusionCells | undefined;
      /** A sample of what was mistaken, surest first; absent where no image was looked at, as in a simulated training. */
      readonly mistakes?: readonly Mistake[] | undefined;
      readonly epochs: readonly EpochMetrics[];
      readonly trainableParams: number;
      readonly peakBytes: number;
      readonly wallMs: number;
      readonly datasetDigest: string;
      readonly provenance: Provenance;
    }
  /** Early stopping: it waits at a rung, with a checkpoint, for the others to be judged with it. No failure. */
  | {
      readonly state: 'paused';
      readonly atEpoch: number;
      /** From the first. */
      readonly epochs: readonly EpochMetrics[];
    }
  | { readonly state: 'diverged'; readonly atEpoch: number }
  | { readonly state: 'timeout'; readonly afterMs: number }
  | { readonly state: 'oom'; readonly message: string }
  | { readonly state: 'infeasible'; readonly message: string }
  | { readonly state: 'crashed'; readonly message: string }
  /** The worker or its process went away without a word. */
  | { readonly state: 'lost'; readonly message: string }
  | { readonly state: 'cancelled' };
