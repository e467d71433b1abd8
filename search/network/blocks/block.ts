import type { z } from 'zod';
import type { IdentityFields } from '../../base/identity.js';
import type { GraphBuilder } from '../graph-builder.js';

/** What a block's stage and its position in the network say about it. */
export interface BlockPlace {
  /** Prefix of its layer names, such as `stage3/block1`. */
  readonly prefix: string;
  /** Output channels. */
  readonly width: number;
  readonly stride: number;
  /** Rate of stochastic depth; 0 for none. Blocks without a shortcut ignore it. */
  readonly dropPathRate: number;
}

/**
 * A block type: how one block expands into layers. To add one, write a file in this folder and register it in index.ts. Cost, memory,
 * training, exports and pictures follow from the layers.
 */
export interface BlockType<Name extends string = string, Fields extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: Name;
  /** Short description for people. */
  readonly title: string;
  /** Options of a stage of these blocks, in addition to the fields of every stage. A field of the same name replaces the common one. */
  readonly options: Fields;
  /** How each option enters the ids of networks. */
  readonly identity: IdentityFields<z.output<z.ZodObject<Fields>>>;
  /** True: takes part in stochastic depth and is counted for it even where it has no shortcut, as EfficientNet counts. */
  readonly residual: boolean;
  /**
   * Adds the block's layers. `inputs` are the tensors that the previous block returned, its main output first; the first block of a network
   * gets the image. Returns the tensors for the next block. Most blocks read the first input and return one tensor; a cell that reads the
   * two cells before it returns its output and its own first input.
   */
  expand(
    builder: GraphBuilder,
    inputs: Tensors,
    place: BlockPlace,
    options: z.output<z.ZodObject<Fields>>,
  ): Tensors | string;
}

/** Names of the tensors that one block passes to the next, the main one first. */
export type Tensors = readonly [string, ...string[]];

/** Gives a block's `expand` the type of its options. */
export function defineBlock<const Name extends string, Fields extends z.ZodRawShape>(
  block: BlockType<Name, Fields>,
): BlockType<Name, Fields> {
  return block;
}
