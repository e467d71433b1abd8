import type { z } from 'zod';
import type { IdentityFields } from '../../base/identity.js';
import type { GraphBuilder } from '../graph-builder.js';

/** Where one block stands: what its stage and its place in the network say about it. */
export interface BlockPlace {
  /** Path that its layer names start with, such as `stage3/block1`. */
  readonly prefix: string;
  /** Output channels. */
  readonly width: number;
  readonly stride: number;
  /** Rate of stochastic depth; 0 for none. Blocks without a shortcut ignore it. */
  readonly dropPathRate: number;
}

/**
 * A block type: how one block becomes layers. A new one is one new file in this folder and one line in index.ts; cost, memory, training,
 * exports and pictures follow from the layers.
 */
export interface BlockType<Name extends string = string, Fields extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: Name;
  /** One line for people. */
  readonly title: string;
  /** Options of a stage of such blocks, beside the fields of every stage; a field of the same name replaces the stage's own. */
  readonly options: Fields;
  /** How each option enters the ids of networks. */
  readonly identity: IdentityFields<z.output<z.ZodObject<Fields>>>;
  /** True: counts as a block of stochastic depth, also where it has no shortcut (as EfficientNet counts). */
  readonly residual: boolean;
  /**
   * Adds the block's layers. `inputs` names what the block before it has returned, its main output first; the first block of a network is
   * given the image. Returns what the next block is given: most blocks read the first and return one, a cell that reads the two cells
   * before it returns its output and what it has read first.
   */
  expand(
    builder: GraphBuilder,
    inputs: Tensors,
    place: BlockPlace,
    options: z.output<z.ZodObject<Fields>>,
  ): Tensors | string;
}

/** Names of tensors that one block hands to the next, the main one first. */
export type Tensors = readonly [string, ...string[]];

/** Types a block's `expand` by its options. */
export function defineBlock<const Name extends string, Fields extends z.ZodRawShape>(
  block: BlockType<Name, Fields>,
): BlockType<Name, Fields> {
  return block;
}
