import { defineOperation, normalisation } from './operation.js';

export interface BatchNormLayer {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Share of the old running statistic that is kept at each step. */
  readonly momentum: number;
}

/** Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167) over batch, height and width, with gain and shift. */
export const batchNorm = defineOperation<BatchNormLayer>({
  shape: (_, [input]) => input,
  parameters: ({ name }, [[, , channels]]) => normalisation(name, channels),
  kept: (_, engine) => engine.norm.linear,
});
