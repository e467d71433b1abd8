import { z } from 'zod';
import { withoutDefaults } from '../base/identity.js';

const share = z.number().min(0).max(0.9);
const limitPerClass = z.int().min(1).optional().describe('use at most so many training images of each class');

/** Where images come from, as data; workers/data opens it. */
export const datasetSchema = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('shapes').describe('drawn by the program from a seed: nothing to download'),
    seed: z.int().min(0).default(1),
    train: z.int().min(1).max(1_000_000).default(2400),
    validation: z.int().min(1).max(1_000_000).default(600),
    test: z.int().min(1).max(1_000_000).default(600),
  }),
  z.strictObject({
    source: z.literal('folder').describe('train/CLASS/* and test/CLASS/*, or CLASS/* which is split by seed'),
    path: z.string().min(1),
    validation: share
      .gt(0)
      .default(0.1)
      .describe('share of the training images of each class set aside for validation'),
    test: share.default(0.1).describe('share of each class set aside for testing where there is no test folder'),
    seed: z.int().min(0).default(1),
    limitPerClass,
  }),
  z.strictObject({
    source: z.literal('cifar10').describe('the official binary files data_batch_1.bin … test_batch.bin'),
    path: z.string().min(1),
    validation: share.gt(0).default(0.1),
    seed: z.int().min(0).default(1),
    limitPerClass,
  }),
]);

export type DatasetSpec = Readonly<z.infer<typeof datasetSchema>>;

/**
 * What of a dataset goes into the ids of trials and the hash of a plan: its source and its options, and of a folder the last name of its
 * path. The place does not count, so that data may be moved, or lie elsewhere on another worker; CIFAR-10 is the same under every name.
 * What the files hold is no part of it either, since a plan is made without opening them: the digest of the opened data is what a worker,
 * a search and a store compare. It keeps apart two folders of one name and equal options, whose trials have equal ids. Options at their defaults are left out (identity.ts).
 */
export function datasetIdentity(spec: DatasetSpec): object {
  const { path: _place, ...identity } = withoutDefaults<DatasetSpec & { path?: string }>(datasetSchema, spec);
  return spec.source === 'folder' ? { ...identity, folder: lastName(spec.path) } : identity;
}

function lastName(path: string): string {
  return path.split(/[/\\]/).findLast((name) => name !== '') ?? '';
}
