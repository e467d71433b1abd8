import { z } from 'zod';
import { type IdentityFields, unless } from '../base/identity.js';

/** How a network is trained: everything but the network, the data and the seed. Part of every trial, so it is JSON and has no optional fields once parsed. */
export const recipeSchema = z.strictObject({
  epochs: z.int().min(1).max(10_000).default(10),
  batch: z.int().min(1).max(65_536).default(64).describe('images per optimiser step'),
  optimizer: z
    .enum(['sgd', 'rmsprop'])
    .default('sgd')
    .describe('SGD with Nesterov-free momentum, or RMSProp with momentum as in EfficientNet'),
  learningRate: z.number().gt(0).max(100).default(0.1).describe('the highest learning rate, after warm-up'),
  momentum: z.number().min(0).lt(1).default(0.9),
  warmupEpochs: z
    .number()
    .min(0)
    .max(10_000)
    .default(1)
    .describe('epochs of linear warm-up from 0; then a cosine to 0 at the last step'),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(1e-5)
    .describe('L2 coefficient added to the gradient of convolution and dense weights, not of biases and batch norm'),
  labelSmoothing: z.number().min(0).lt(1).default(0.1),
  emaDecay: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('decay of the exponential moving average of the weights, which is what is validated; 0 switches it off'),
  residualGamma: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'where the gain of the last batch norm of every residual branch starts: below 1 a deep network starts closer to a shallow one, and a short schedule teaches it more (0 as in arXiv 1706.02677, section 5.1)',
    ),
  flip: z.boolean().default(true).describe('mirror images left to right half of the time'),
  cropPadding: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.125)
    .describe('random crops out of the image padded by this share of its side; 0 for none'),
});

export type Recipe = Readonly<z.infer<typeof recipeSchema>>;

/** How a recipe enters the ids of trials and the hash of a plan. */
export const recipeIdentity: IdentityFields<Recipe> = {
  epochs: unless(10),
  batch: unless(64),
  optimizer: unless('sgd'),
  learningRate: unless(0.1),
  momentum: unless(0.9),
  warmupEpochs: unless(1),
  weightDecay: unless(1e-5),
  labelSmoothing: unless(0.1),
  emaDecay: unless(0),
  residualGamma: unless(1),
  flip: unless(true),
  cropPadding: unless(0.125),
};
