import { defineOperation } from './operation.js';

export interface DropLayer {
  /** Probability of being dropped; what remains is divided by 1 − rate. */
  readonly rate: number;
}

/** Dropout (Srivastava et al. 2014): in training, single elements are dropped. */
export const dropout = defineOperation<DropLayer>({
  shape: (_, [input]) => input,
  kept: () => ({ inside: 1 }),
});

/** Stochastic depth (Huang et al. 2016): in training, the whole image's activation is dropped. */
export const dropPath = defineOperation<DropLayer>({
  shape: (_, [input]) => input,
  kept: () => ({}),
});
