import { z } from 'zod';
import { always, type IdentityFields, identityOf, never, unless } from '../base/identity.js';

const share = z.number().min(0).max(0.9);
const seed = z.int().min(0).default(1);
const limitPerClass = z.int().min(1).optional().describe('use at most so many training images of each class');
const validation = share
  .gt(0)
  .default(0.1)
  .describe('share of the training images of each class set aside for validation');

const names = z.array(z.string().min(1)).min(1).optional();
const splits = z
  .union([
    z.literal('none'),
    z.strictObject({ train: names, validation: names, test: names }).refine((given) => Object.keys(given).length > 0),
  ])
  .optional()
  .describe(
    'names of the folders (or of the values of a split column) that are each split, "*" for all others; none: they are classes. Only where the names do not tell',
  );
const leaveOut = z.array(z.string().min(1)).optional().describe('classes that are not used');

/** The form of a source that reads labelled image files, such as a folder: where they are, and how the unsplit ones are shared out. */
function imageFiles<const Name extends string>(name: Name, what: string) {
  return z.strictObject({
    source: z.literal(name).describe(what),
    path: z.string().min(1),
    validation,
    test: share.default(0.1).describe('share of each class set aside for testing where there is no test split'),
    seed,
    limitPerClass,
    splits,
    leaveOut,
  });
}

/** Where images come from, as data: one line for each source. workers/data/sources opens them. */
export const datasetSchema = z.discriminatedUnion('source', [
  z.strictObject({
    source: z.literal('shapes').describe('drawn by the program from a seed: nothing to download'),
    seed,
    train: z.int().min(1).max(1_000_000).default(2400),
    validation: z.int().min(1).max(1_000_000).default(600),
    test: z.int().min(1).max(1_000_000).default(600),
  }),
  imageFiles('folder', 'train/CLASS/* and test/CLASS/*, or CLASS/* which is split by seed'),
  imageFiles('table', 'a CSV or TSV file with columns such as path, label and split'),
  imageFiles('tar', "tar shards in WebDataset's convention, or a folder of images in a tar file"),
  imageFiles('parquet', "Parquet files in Hugging Face's convention: image.bytes, label, class names in the metadata"),
  imageFiles('zip', 'a folder of images in a zip file, which is not unpacked'),
  z.strictObject({
    source: z.literal('cifar10').describe('the official binary files data_batch_1.bin … test_batch.bin'),
    path: z.string().min(1),
    validation,
    seed,
    limitPerClass,
  }),
]);

export type DatasetSpec = Readonly<z.infer<typeof datasetSchema>>;

/** Which folders are which split, where their names do not tell. */
export type FileSplits = NonNullable<Extract<DatasetSpec, { source: 'folder' }>['splits']>;

/** A dataset that lies in files, and so may lie elsewhere on another machine. */
export type StoredDataset = Extract<DatasetSpec, { readonly path: string }>;

type ImageFiles = Extract<DatasetSpec, { readonly splits?: unknown }>;

const imageFilesIdentity: IdentityFields<ImageFiles> = {
  source: always,
  path: never,
  validation: unless(0.1),
  test: unless(0.1),
  seed: unless(1),
  limitPerClass: always,
  splits: always,
  leaveOut: always,
};

/** How the fields of the sources enter an identity that are no labelled image files. */
const identities: {
  readonly [Spec in Exclude<DatasetSpec, ImageFiles> as Spec['source']]: IdentityFields<Spec>;
} = {
  shapes: { source: always, seed: unless(1), train: unless(2400), validation: unless(600), test: unless(600) },
  cifar10: { source: always, path: never, validation: unless(0.1), seed: unless(1), limitPerClass: always },
};

/**
 * The part of a dataset that goes into the ids of trials and the hash of a plan: its source, its options, and the last name of its path.
 * The rest of the path does not count, so the data may lie elsewhere on another worker; CIFAR-10 is the same under every name. The content
 * does not count either, since a plan is made without opening the data: a worker, a search and a store compare the digest of the opened
 * data, which tells apart two folders of one name and equal options.
 */
export function datasetIdentity(spec: DatasetSpec): object {
  if (spec.source === 'shapes' || spec.source === 'cifar10') {
    return identityOf(spec, identities[spec.source] as IdentityFields<DatasetSpec>);
  }
  return { ...identityOf(spec, imageFilesIdentity), [spec.source]: lastName(spec.path) };
}

function lastName(path: string): string {
  return path.split(/[/\\]/).findLast((name) => name !== '') ?? '';
}
