import { z } from 'zod';
import { always, never } from '../base/identity.js';

/** Limits on the blocks of a stage and the channels of a layer. Nobody trains networks beyond them, so a slip is reported instead of computed. */
export const mostRepeats = 1000;
export const mostWidth = 65_536;

/**
 * Fields of every stage; each block type adds its own options. A stage is a row of blocks of one kind: the first has the stride and
 * changes the width, the others keep both.
 */
export const stageFields = {
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9-]*$/, { error: 'expected letters, digits and hyphens' })
    .max(40)
    .describe('name of the stage in layer names and pictures, such as stem or stage3'),
  width: z.int().min(1).max(mostWidth).describe('output channels'),
  repeats: z.int().min(1).max(mostRepeats).describe('number of blocks; the first has the stride, the others stride 1'),
  stride: z.int().min(1).max(8),
  scaleDepth: z.boolean().optional().describe('false: depth scaling leaves repeats alone'),
  scaleWidth: z
    .union([z.boolean(), z.literal('up')])
    .optional()
    .describe("false: width scaling leaves width alone; up: it never falls below the baseline's"),
};

/** How these fields enter the ids of networks. Initial weights are drawn by the names of layers, so names count; how a stage would scale does not. */
export const stageIdentity = {
  block: always,
  name: always,
  width: always,
  repeats: always,
  stride: always,
  scaleDepth: never,
  scaleWidth: never,
};

/** Options that several block types share. */
export const kernel = z.int().min(1).max(31).describe('side of the square kernel');
export const activation = z.enum(['linear', 'relu', 'relu6', 'swish', 'sigmoid']);
export const padding = z.enum(['same', 'symmetric', 'valid']);
