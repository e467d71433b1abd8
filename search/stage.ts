import { z } from 'zod';

/**
 * The fields that every stage has, whatever its block type; the block type adds its options to them. A stage is a row of equal blocks:
 * the first takes the stride and changes the width, the others keep both.
 */
export const stageFields = {
  /** What the stage is called in layer names and pictures, such as `stem` or `stage3`. */
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9-]*$/, { error: 'expected letters, digits and hyphens' })
    .max(40),
  /** Output channels. */
  width: z.int().min(1).max(65_536),
  /** How many blocks; the first takes the stride, the others stride 1. */
  repeats: z.int().min(1).max(1000),
  stride: z.int().min(1).max(8),
  /** False: depth scaling leaves `repeats` alone. */
  scaleDepth: z.boolean().optional(),
  /** False: width scaling leaves `width` alone. `up`: it never falls below the baseline's (MobileNetV2's last convolution). */
  scaleWidth: z.union([z.boolean(), z.literal('up')]).optional(),
};

/** Options that several block types share. */
export const kernel = z.int().min(1).max(31).describe('side of the square kernel');
export const activation = z.enum(['linear', 'relu', 'relu6', 'swish', 'sigmoid']);
export const padding = z.enum(['same', 'symmetric', 'valid']);
