import { z } from 'zod';
import { type IdentityFields, identityOf } from '../../base/identity.js';
import type { GraphBuilder } from '../graph-builder.js';
import { stageFields, stageIdentity } from '../stage.js';
import { basic } from './basic.js';
import type { BlockPlace, BlockType, Tensors } from './block.js';
import { bottleneck } from './bottleneck.js';
import { conv } from './conv.js';
import { dense } from './dense.js';
import { inception } from './inception.js';
import { maxPool } from './max-pool.js';
import { mbconv } from './mbconv.js';
import { separable } from './separable.js';

/** The block types by name. */
export const blockTypes = { conv, mbconv, separable, basic, bottleneck, inception, dense, maxPool } as const;

export type BlockName = keyof typeof blockTypes;

type StageFormOf<Block> =
  Block extends BlockType<infer Name, infer Fields>
    ? z.ZodObject<{ block: z.ZodLiteral<Name> } & Omit<typeof stageFields, keyof Fields> & Fields, z.core.$strict>
    : never;
type StageForm = StageFormOf<(typeof blockTypes)[BlockName]>;

/** A stage as JSON: its block type, the common fields and the options of that block type. Unknown keys are refused. */
export const stageSchema = z.discriminatedUnion(
  'block',
  Object.values(blockTypes).map((block) =>
    z.strictObject({ block: z.literal(block.name), ...stageFields, ...block.options }),
  ) as unknown as readonly [StageForm, ...StageForm[]],
);

export type Stage = Readonly<z.output<typeof stageSchema>>;

/** The fields of a stage that its network's id depends on. */
export function stageIdentityOf(stage: Stage): object {
  const fields = { ...stageIdentity, ...blockTypes[stage.block].identity };
  return identityOf(stage, fields as unknown as IdentityFields<Stage>);
}

/** Adds one block of a stage; inputs and result are those of `BlockType.expand`. */
export function expandBlock(builder: GraphBuilder, inputs: Tensors, stage: Stage, place: BlockPlace): Tensors {
  const type: BlockType = blockTypes[stage.block];
  const outputs = builder.block(place.prefix, () => type.expand(builder, inputs, place, stage));
  return typeof outputs === 'string' ? [outputs] : outputs;
}
