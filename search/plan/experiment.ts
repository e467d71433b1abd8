import { z } from 'zod';
import { always, group, type IdentityFields, identityOf, never, present, unless } from '../base/identity.js';
import { parse } from '../base/parse.js';
import { savingLevels } from '../cost/saving.js';
import { architectureSchema, mostPixels } from '../network/architecture.js';
import { roundings } from '../scaling/rounding.js';
import { strategySchema } from '../strategy/registry.js';
import { datasetIdentity, datasetSchema } from './dataset.js';
import { recipeIdentity, recipeSchema } from './recipe.js';

/** How far a range may miss its last grid value, in steps: room for the last bits of (to − from) / step. */
const gridSlack = 1e-6;

/** A closed range on a grid: from, from + step, … to. */
const rangeSchema = z
  .strictObject({
    from: z.number().gt(0).max(16),
    to: z.number().gt(0).max(16),
    step: z.number().gt(0).max(16),
  })
  .refine(({ from, to }) => to >= from, { error: 'expected from ≤ to' })
  .refine(({ from, to, step }) => isWhole((to - from) / step), {
    error: 'expected to = from + a whole number of steps',
  });

const gridSchema = z.strictObject({
  alpha: rangeSchema.default({ from: 1, to: 2, step: 0.05 }).describe('depth grows by α^φ'),
  beta: rangeSchema.default({ from: 1, to: 2, step: 0.05 }).describe('width grows by β^φ'),
  gamma: rangeSchema.default({ from: 1, to: 2, step: 0.05 }).describe('resolution grows by γ^φ'),
  product: z.number().gt(0).max(1024).default(2).describe('target of α·β²·γ²'),
  tolerance: z
    .number()
    .min(0)
    .max(1024)
    .default(0.1)
    .describe(
      'points with |α·β²·γ² − product| ≤ tolerance are kept, compared as the doubles that come out: 1.9 misses 2 ± 0.1 by the last bit of 1.9 − 2',
    ),
  phi: z
    .number()
    .min(-16)
    .max(16)
    .default(1)
    .describe('the compound coefficient φ at which the points are trained; negative scales down'),
});

const scalingSchema = z.strictObject({
  rounding: z
    .enum(Object.keys(roundings) as [keyof typeof roundings, ...(keyof typeof roundings)[]])
    .default('efficientnet')
    .describe('efficientnet rounds repeats up, nearest to the nearest; both round widths to the nearest multiple'),
  resolutionMultiple: z
    .int()
    .min(1)
    .max(512)
    .default(1)
    .describe('the input resolution is rounded to a multiple of this; 1 rounds to the nearest pixel'),
  retarget: z
    .boolean()
    .default(false)
    .describe(
      "keep each point's direction (log α : log β : log γ) and solve φ so that the realised macs meet product^φ",
    ),
});

const limit = (what: string) => z.number().gt(0).optional().describe(what);

const limitsSchema = z
  .strictObject({
    macs: limit('multiply-adds of one image'),
    params: limit('trainable parameters'),
    activations: limit('elements that convolution and dense layers write for one image'),
    costRatio: limit("macs over the baseline's"),
    memoryBytes: limit(
      "predicted peak memory of a training at the recipe's batch, bytes, with as much saving of memory as it takes and memorySaving allows",
    ),
  })
  .describe('upper limits on the network as it is built, after rounding');

export const experimentSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9-]*$/, { error: 'expected letters, digits and hyphens' })
    .max(60)
    .describe('names the store and the export'),
  question: z.string().min(1).describe('what the experiment is to answer'),
  expected: z.string().optional().describe('the outcome that is expected, written down before the run'),
  cost: z.string().optional().describe('what a run costs, in time and machines'),
  baseline: z
    .union([z.string().min(1), architectureSchema])
    .describe('a network of the catalogue, the path of a JSON file, or the network itself'),
  resolutionPx: z.int().min(1).max(mostPixels).optional().describe("replaces the baseline's input resolution"),
  data: datasetSchema,
  grid: gridSchema.prefault({}),
  scaling: scalingSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  strategy: strategySchema
    .default({ name: 'grid' })
    .describe(
      'which networks are trained: grid, all that the grid holds; random, networks drawn at random around the baseline, without α, β, γ',
    ),
  memorySaving: z
    .enum(savingLevels)
    .default('micro-batches')
    .describe(
      'how far a training that would not fit otherwise, into limits.memoryBytes or the machine, may save memory: recompute computes blocks once more in the backward pass, the same numbers in about a third more time; micro-batches also trains a batch in parts, each measured by batch norm on its own; none takes every network as it is',
    ),
  earlyStopping: z
    .strictObject({
      eta: z.number().gt(1).max(100).default(3).describe('one in so many goes on from a rung to the next'),
      firstEpochs: z.int().min(1).max(10_000).default(3).describe('epochs before the first rung'),
      by: z
        .enum(['epochs', 'macs'])
        .default('epochs')
        .describe(
          'epochs: a rung is the same epoch for all; macs: the same training macs, dearer networks are judged earlier',
        ),
    })
    .nullable()
    .default(null)
    .describe(
      'successive halving of the networks of the grid: they pause at rungs, the best go on, nothing is thrown away; null, the default, trains all to the end, since networks of different depth and width converge at different rates',
    ),
  singleDimension: z
    .boolean()
    .default(true)
    .describe(
      'also train depth-only, width-only and resolution-only networks at the same realised cost, for comparison',
    ),
  training: recipeSchema.prefault({}),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  replicates: z.int().min(1).max(100).default(1).describe('trainings of each network, each with its own seed'),
  seedBudget: z
    .int()
    .min(0)
    .max(1_000_000)
    .nullable()
    .default(null)
    .describe(
      'further trainings that may be spent on the front after every network has its replicates, until the tie set stops shrinking; null: half as many as there are networks in the grid where replicates is 1, otherwise none',
    ),
});

export type ExperimentSpec = Readonly<z.infer<typeof experimentSchema>>;
export type GridSpec = ExperimentSpec['grid'];
export type Range = GridSpec['alpha'];
export type Limits = ExperimentSpec['limits'];

/** Parses an experiment; `file` names in errors where it was read from. */
export function parseExperiment(value: unknown, file = ''): ExperimentSpec {
  return parse(experimentSchema, value, '', file);
}

/** The form of an experiment file as JSON Schema (draft 7, which editors read). */
export function experimentJsonSchema(): object {
  return z.toJSONSchema(experimentSchema, { target: 'draft-7', io: 'input' });
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) <= gridSlack;
}

/**
 * The part of an experiment that goes into the hash of its plan. Its prose does not count, nor the name of its baseline: the hash holds the
 * ids of the networks.
 */
export function experimentIdentity(spec: ExperimentSpec): object {
  return identityOf(spec, identityFields);
}

const wholeRange = unless<Range>({ from: 1, to: 2, step: 0.05 });

const identityFields: IdentityFields<ExperimentSpec> = {
  $schema: never,
  name: always,
  question: never,
  expected: never,
  cost: never,
  baseline: never,
  resolutionPx: always,
  data: datasetIdentity,
  grid: group({
    alpha: wholeRange,
    beta: wholeRange,
    gamma: wholeRange,
    product: unless(2),
    tolerance: unless(0.1),
    phi: unless(1),
  }),
  scaling: group({ rounding: unless('efficientnet'), resolutionMultiple: unless(1), retarget: unless(false) }),
  limits: group({
    macs: always,
    params: always,
    activations: always,
    costRatio: always,
    memoryBytes: always,
  }),
  strategy: unless<ExperimentSpec['strategy']>({ name: 'grid' }),
  memorySaving: unless('micro-batches'),
  earlyStopping: present({ eta: unless(3), firstEpochs: unless(3), by: unless<'epochs' | 'macs'>('epochs') }),
  singleDimension: unless(true),
  training: group(recipeIdentity),
  seed: unless(1),
  replicates: unless(1),
  seedBudget: unless<number | null>(null),
};
