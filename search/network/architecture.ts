import { z } from 'zod';
import { shortId } from '../base/hash.js';
import { always, type IdentityFields, identityOf, never, present, semanticsVersion, unless } from '../base/identity.js';
import { parse } from '../base/parse.js';
import { type Stage, stageIdentityOf, stageSchema } from './blocks/index.js';
import { mostWidth } from './stage.js';

const count = z.int().min(1);

/** Largest side of an input image, pixels. */
export const mostPixels = 4096;

/**
 * A network as data: stages of blocks at an input resolution. Baselines, presets and scaled networks all have this form. Scaling maps one
 * architecture to another, and `expand` (graph.ts) turns an architecture into layers.
 *
 * A stage has the common fields (stage.ts) and the options of its block type (blocks/). The stem and the last convolution are stages like
 * any other, with `scaleDepth: false`.
 */
export const architectureSchema = z.strictObject({
  name: z.string().min(1).max(80),
  title: z.string().optional(),
  source: z.string().optional().describe('where the numbers come from'),
  resolutionPx: count.max(mostPixels).describe('side of the square input image, pixels'),
  channels: count.max(16).describe('of the input image'),
  classes: z.int().min(2).max(1_000_000),
  stages: z.array(stageSchema).min(1).max(200).check(refuseEqualNames),
  classifier: z.strictObject({
    pool: z.enum(['average', 'flatten']).describe('how the last stage is joined to the dense layers'),
    norm: z
      .boolean()
      .default(false)
      .describe('batch norm and ReLU before the pool, as networks of pre-activated blocks need'),
    hidden: z
      .array(count.max(mostWidth))
      .default([])
      .describe('units of hidden dense layers, each followed by ReLU and dropout (VGG); scaled with width'),
  }),
  regularisation: z.strictObject({
    dropout: z.number().min(0).max(0.95).describe('rate before the last dense layer, or after every hidden one'),
    stochasticDepth: z.number().min(0).max(0.95).describe('block i of n residual blocks is dropped at rate · i / n'),
  }),
  widthDivisor: count.describe('widths are rounded to multiples of this when scaled'),
  batchNorm: z.strictObject({
    epsilon: z.number().gt(0).lt(1),
    momentum: z.number().min(0).lt(1).describe('share of the old running statistic that is kept at each step'),
  }),
});

/** Layers are named after their stages, so no two stages may share a name. */
function refuseEqualNames({ value, issues }: z.core.ParsePayload<readonly { readonly name: string }[]>): void {
  value.forEach(({ name }, i) => {
    const first = value.findIndex((stage) => stage.name === name);
    if (first < i)
      issues.push({
        code: 'custom',
        path: [i, 'name'],
        input: name,
        message: `expected a name that no other stage has, got that of stages.${first}`,
      });
  });
}

export type { Stage };
export type Architecture = Readonly<Omit<z.infer<typeof architectureSchema>, 'stages'>> & {
  readonly stages: readonly Stage[];
};

/**
 * Parses unknown JSON into an architecture. Options that a stage leaves out get their defaults, so that equal networks have equal ids.
 * Errors name `file` as the place that it was read from.
 */
export function parseArchitecture(value: unknown, file = ''): Architecture {
  return parse(architectureSchema, value, '', file);
}

/**
 * The id of a network: a hash of everything that changes its training, so that equal networks share their results. The network's name,
 * title, source and scaling options do not count. The names of its stages do: initial weights and dropped paths are drawn by layer name, so
 * the same seed under different names trains a different network.
 */
export function networkId(network: Architecture): string {
  return shortId(networkIdentity(network));
}

/** The value that `networkId` hashes. */
export function networkIdentity(network: Architecture): object {
  return { semanticsVersion, ...identityOf(network, identityFields) };
}

const identityFields: IdentityFields<Architecture> = {
  name: never,
  title: never,
  source: never,
  resolutionPx: always,
  channels: always,
  classes: always,
  stages: (stages) => stages.map(stageIdentityOf),
  classifier: present({ pool: always, norm: unless(false), hidden: unless<number[]>([]) }),
  regularisation: present({ dropout: always, stochasticDepth: always }),
  widthDivisor: never,
  batchNorm: present({ epsilon: always, momentum: always }),
};
