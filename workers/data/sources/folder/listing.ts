import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { InputError, show } from '../../../../search/base/errors.js';
import type { BadImage, Split } from '../../dataset.js';

/** Files with another extension are no images and are passed over. One of these that cannot be decoded is named as bad. */
const imageExtensions = new Set(
  'jpg jpeg jfif png webp gif bmp tif tiff avif heic heif'.split(' ').map((extension) => `.${extension}`),
);

const splitFolders: Readonly<Record<string, Split>> = {
  train: 'train',
  validation: 'validation',
  val: 'validation',
  test: 'test',
};

/** An image file of the folder, before it is read. */
export interface ListedImage {
  /** Path below the folder, with `/`. */
  readonly name: string;
  readonly className: string;
  /** What its folder says; null where the folder is not split. */
  readonly split: Split | null;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface Listing {
  readonly root: string;
  /** Sorted. */
  readonly classes: readonly string[];
  /** Sorted by name, whatever order the file system gives. */
  readonly images: readonly ListedImage[];
  /** Files that are listed but not there, such as broken links. */
  readonly missing: readonly BadImage[];
}

/** Names of the classes of a folder of images, sorted: the folders in `train`, or in the folder itself. Throws `missing-file`. */
export async function classFolders(root: string): Promise<string[]> {
  const folders = await foldersBySplit(root);
  return subfolders(path.join(root, folders.find(([split]) => split === 'train')?.[1] ?? ''));
}

/**
 * How many images a folder has to train on, before some are set aside for validation and testing, and whether it has a test folder. Counts
 * names and looks at no file.
 */
export async function countImages(root: string): Promise<{ readonly images: number; readonly isSplit: boolean }> {
  const folders = await foldersBySplit(root);
  const folder = folders.find(([split]) => split === 'train' || split === null)?.[1] ?? '';
  return { images: (await imageFiles(root, folder)).length, isSplit: folders.some(([split]) => split === 'test') };
}

/** Lists `train/CLASS/*`, `validation/CLASS/*` and `test/CLASS/*`, or `CLASS/*`. Throws `missing-file` or `bad-data` that names the folder. */
export async function listImages(root: string): Promise<Listing> {
  const classes = await classFolders(root);
  if (classes.length < 2) {
    const got = classes[0] === undefined ? 'none' : `only ${show(classes[0])}`;
    throw new InputError('bad-data', `${root}: expected the folders of at least 2 classes, got ${got}`);
  }
  const images: ListedImage[] = [];
  const missing: BadImage[] = [];
  for (const [split, folder] of await foldersBySplit(root)) {
    for (const className of await subfolders(path.join(root, folder))) {
      if (!classes.includes(className)) {
        const rule = `expected the classes of ${path.join(root, 'train')}`;
        throw new InputError('bad-data', `${path.join(root, folder)}: ${rule}, got ${show(className)}`);
      }
      const files = await imageFiles(root, path.posix.join(folder, className));
      await pMap(
        files,
        async (name) => {
          const file = path.join(root, name);
          const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
          if (found instanceof Error) missing.push({ path: file, reason: `cannot be read (${found.code})` });
          else images.push({ name, className, split, bytes: found.size, modifiedMs: found.mtimeMs });
        },
        { concurrency: 64 },
      );
    }
  }
  return {
    root,
    classes,
    images: images.sort((a, b) => (a.name < b.name ? -1 : 1)),
    missing: missing.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/**
 * The folders of the splits; or the folder itself, unsplit. A folder called `train` stands for a split when folders of classes are in
 * it, and for a class of that name when images are.
 */
async function foldersBySplit(root: string): Promise<(readonly [split: Split | null, folder: string])[]> {
  const names = (await subfolders(root)).filter((name) => Object.hasOwn(splitFolders, name));
  if (!names.includes('train') || (await subfolders(path.join(root, 'train'))).length === 0) return [[null, '']];
  const found = names.map((name) => [splitFolders[name] as Split, name] as const);
  const [twice] = found.filter(([split], i) => found.findIndex(([other]) => other === split) < i);
  if (twice) throw new InputError('bad-data', `${root}: expected one ${twice[0]} folder, got ${names.join(', ')}`);
  return found;
}

/** Names of the image files in and below a folder, relative to `root`. Links to folders are followed only at the level of classes. */
async function imageFiles(root: string, folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await entriesOf(path.join(root, folder))) {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) names.push(...(await imageFiles(root, name)));
    else if (imageExtensions.has(path.extname(entry.name).toLowerCase())) names.push(name);
  }
  return names;
}

/** Names of the folders in a folder, sorted, links to folders among them. */
async function subfolders(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const linked =
      entry.isSymbolicLink() && (await stat(path.join(folder, entry.name)).catch(() => null))?.isDirectory();
    if (entry.isDirectory() || linked) names.push(entry.name);
  }
  return names.sort();
}

/** What is in a folder, without hidden files. */
async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError('missing-file', `${folder}: expected a folder that can be read, got ${code}`, { cause });
  }
}
