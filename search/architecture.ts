import { z } from 'zod';
import { type Stage, stageSchema } from './blocks/index.js';
import { shortId } from './hash.js';
import { parse } from './parse.js';

/**
 * A network as data: stages of blocks at an input resolution. A baseline, a preset and a scaled network all have this form;
 * scaling maps one architecture to another, and `expand` (graph.ts) turns one into layers.
 *
 * A stage holds the fields of every stage (stage.ts) and the options of its block type (blocks/). The stem and the last convolution are
 * stages like the others, with `scaleDepth: false`.
 */
const count = z.int().min(1);

export const architectureSchema = z.strictObject({
  name: z.string().min(1).max(80),
  title: z.string().optional(),
  /** Where the numbers come from. */
  source: z.string().optional(),
  resolutionPx: count.max(4096),
  channels: count.max(16),
  classes: z.int().min(2),
  stages: z.array(stageSchema).min(1),
  classifier: z.strictObject({
    /** What leads from the last stage to the dense layers. */
    pool: z.enum(['average', 'flatten']),
    /** Units of hidden dense layers, each followed by ReLU and dropout (VGG); scaled with width. */
    hidden: z.array(count).default([]),
  }),
  regularisation: z.strictObject({
    /** Dropout rate before the last dense layer. */
    dropout: z.number().min(0).max(0.95),
    /** Drop rate of the deepest residual block; block i of n gets rate · i / n (i from 0). */
    stochasticDepth: z.number().min(0).max(0.95),
  }),
  /** Widths are rounded to multiples of this when scaled. */
  widthDivisor: count,
  batchNorm: z.strictObject({
    epsilon: z.number().gt(0).lt(1),
    /** Share of the old running statistic that is kept at each step. */
    momentum: z.number().min(0).lt(1),
  }),
});

export type { Stage };
export type Architecture = Readonly<Omit<z.infer<typeof architectureSchema>, 'stages'>> & {
  readonly stages: readonly Stage[];
};

/** Parses unknown JSON into an architecture; `path` names where it stood. Options that a stage leaves out get their defaults, so that equal networks have equal ids. */
export function parseArchitecture(value: unknown, path = 'baseline'): Architecture {
  return parse(architectureSchema, value, path);
}

/** The id of a network: a hash of everything that changes what is trained, so that equal networks meet. Names and sources do not count. */
export function networkId(network: Architecture): string {
  const { name: _name, title: _title, source: _source, widthDivisor: _divisor, stages, ...rest } = network;
  const structure = stages.map(({ scaleDepth: _depth, scaleWidth: _width, ...stage }) => stage);
  return shortId({ ...rest, stages: structure });
}
