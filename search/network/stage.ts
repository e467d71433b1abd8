import { z } from 'zod';
import { always, never } from '../base/identity.js';

/** The most blocks of a stage and channels of a layer: beyond what anybody trains, so that a mistake is told and not computed. */
export const mostRepeats = 1000;
export const mostWidth = 65_536;

/**
 * The fields that every stage has, whatever its block type; the block type adds its options to them. A stage is a row of equal blocks:
 * the first takes the stride and changes the width, the others keep both.
 */
export const stageFields = {
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9-]*$/, { error: 'expected letters, digits and hyphens' })
    .max(40)
    .describe('what the stage is called in layer names and pictures, such as stem or stage3'),
  width: z.int().min(1).max(mostWidth).describe('output channels'),
  repeats: z.int().min(1).max(mostRepeats).describe('how many blocks; the first takes the stride, the others stride 1'),
  stride: z.int().min(1).max(8),
  scaleDepth: z.boolean().optional().describe('false: depth scaling leaves repeats alone'),
  scaleWidth: z
    .union([z.boolean(), z.literal('up')])
    .optional()
    .describe("false: width scaling leaves width alone; up: it never falls below the baseline's"),
};

/** How these fields enter the ids of networks: initial weights are drawn by the names of layers; how a stage would scale trains nothing else. */
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
