import { existsSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import pMap from 'p-map';
import type { DatasetSpec } from '../../../../search/plan/dataset.js';
import type { BadImage } from '../../dataset.js';
import { type ListedImage, openEncoded } from '../encoded.js';
import { type ImageSource, locateFiles, type Reader, type Source, type SourceOptions } from '../source.js';
import { classesOf, countImages, listImages } from './listing.js';
import { DiskTree } from './tree.js';

type FolderSpec = Extract<DatasetSpec, { source: 'folder' }>;

/** Images in a folder for each class. */
export const folder: Source<FolderSpec> = {
  recognise: async (place) => (await stat(place).catch(() => null))?.isDirectory() ?? false,
  classes: async (spec) =>
    existsSync(spec.path) ? (await classesOf(new DiskTree(spec.path), spec)).length : undefined,
  async count(spec) {
    if (!existsSync(spec.path)) return undefined;
    const { validation, test, limitPerClass = Number.POSITIVE_INFINITY } = spec;
    const tree = new DiskTree(spec.path);
    const { images, isSplit } = await countImages(tree, spec);
    const left = (isSplit ? 1 : 1 - test) * (1 - validation);
    return Math.min(Math.round(images * left), limitPerClass * (await classesOf(tree, spec)).length);
  },
  open: openFolder,
  reader: ({ path: root }) => fileReader(root),
  locate: locateFiles,
};

/** A folder of images per class. Throws `missing-file` or `bad-data`. */
async function openFolder(spec: FolderSpec, options: SourceOptions): Promise<ImageSource> {
  const tree = new DiskTree(spec.path);
  const { classes, images, passedOver, notes } = await listImages(tree, spec);
  const listed: ListedImage[] = [];
  const missing: BadImage[] = [];
  await pMap(
    images,
    async ({ name, className, split }) => {
      const found = await stat(tree.native(name)).catch((error: NodeJS.ErrnoException) => error);
      if (found instanceof Error) missing.push({ path: tree.shown(name), reason: `cannot be read (${found.code})` });
      else listed.push({ name, className, split, place: name, stamp: `${found.size} ${found.mtimeMs}` });
    },
    { concurrency: 64 },
  );
  const listing = {
    id: await realpath(spec.path),
    classes,
    images: listed.sort((a, b) => (a.name < b.name ? -1 : 1)),
    missing: missing.sort((a, b) => (a.path < b.path ? -1 : 1)),
    passedOver,
    notes,
    shown: ({ place }: { place: unknown }) => tree.shown(place as string),
  };
  return openEncoded(listing, fileReader(spec.path), options);
}

/** Reads files whose places are their paths below a root. */
export function fileReader(root: string): Reader {
  const tree = new DiskTree(root);
  return {
    load: async ({ place }) => ({ kind: 'file', content: await readFile(tree.native(place as string)) }),
  };
}
