import { InputError, show } from '../../../../search/base/errors.js';
import type { FileSplits } from '../../../../search/plan/dataset.js';
import type { Split } from '../../dataset.js';
import { type PassedOver, Tally } from '../../passed-over.js';
import { type ClassFolder, type Layout, layOut } from './layout.js';
import type { FileTree } from './tree.js';
import { Walk } from './walk.js';

/** What of a dataset's form decides how its folder is read. */
export interface FolderRule {
  readonly splits?: FileSplits | undefined;
  /** Classes that are not used. */
  readonly leaveOut?: readonly string[] | undefined;
}

/** An image file of a tree, before it is looked at. */
export interface TreeImage {
  /** Path below the root. */
  readonly name: string;
  readonly className: string;
  /** The split that its folder names; null where the tree is not split. */
  readonly split: Split | null;
}

/** The images of a tree. */
export interface TreeListing {
  /** Sorted. */
  readonly classes: readonly string[];
  /** Sorted by name. */
  readonly images: readonly TreeImage[];
  readonly passedOver: readonly PassedOver[];
  readonly notes: readonly string[];
}

/** Names of the classes of a folder of images, sorted. Throws `missing-file`, and `bad-data` where it can be read in two ways. */
export async function classesOf(tree: FileTree, rule: FolderRule): Promise<string[]> {
  return (await survey(tree, rule)).classes;
}

/**
 * How many images a folder has to train on, before some are set aside for validation and testing, and whether it has a test split. Counts
 * names and looks at no file.
 */
export async function countImages(
  tree: FileTree,
  rule: FolderRule,
): Promise<{ readonly images: number; readonly isSplit: boolean }> {
  const { walk, folders } = await survey(tree, rule);
  let images = 0;
  for (const { split, folder } of folders) {
    if (split === 'train' || split === null) images += (await walk.images(folder)).length;
  }
  return { images, isSplit: folders.some(({ split }) => split === 'test') };
}

/** Lists the images of every class and split. Throws `missing-file` or `bad-data` that names the folder. */
export async function listImages(tree: FileTree, rule: FolderRule): Promise<TreeListing> {
  const { walk, tally, layout, classes, folders } = await survey(tree, rule);
  if (classes.length < 2) throw await tooFewClasses(walk, classes);
  const images: TreeImage[] = [];
  for (const { split, className, folder } of folders) {
    for (const name of await walk.images(folder)) images.push({ name, className, split });
  }
  return {
    classes,
    images: images.sort((a, b) => (a.name < b.name ? -1 : 1)),
    notes: [
      ...layout.notes,
      ...(await describeFlat(walk, layout, tally)),
      ...(await describeLeft(walk, layout, tally)),
    ],
    passedOver: tally.list(),
  };
}

interface Survey {
  readonly walk: Walk;
  readonly tally: Tally;
  readonly layout: Layout;
  readonly classes: string[];
  readonly folders: readonly ClassFolder[];
}

/** The classes of a folder and where each has its images. */
async function survey(tree: FileTree, { splits, leaveOut = [] }: FolderRule): Promise<Survey> {
  const tally = new Tally();
  const walk = new Walk(
    tree,
    tally,
    leaveOut.map((name) => name.normalize('NFC')),
  );
  const layout = await layOut(walk, splits);
  const folders: ClassFolder[] = [];
  const classes = new Set<string>();
  for (const one of layout.folders.toSorted((a, b) => Number(isTraining(b)) - Number(isTraining(a)))) {
    const { split, className, folder } = one;
    if (await holdsOtherThings(walk, folder)) {
      tally.add('in a folder without an image', walk.tree.shown(folder), await walk.countFiles(folder));
      continue;
    }
    if (isTraining(one)) classes.add(className);
    else if (!classes.has(className)) {
      const near = [...classes].find((name) => name.toLowerCase() === className.toLowerCase());
      const hint = near === undefined ? '' : `, which differs from ${show(near)} by case alone`;
      const parent = walk.tree.shown(folder.split('/').slice(0, -1).join('/'));
      throw new InputError(
        'bad-data',
        `${parent}: expected the classes of the training split, got ${show(className)}${hint}`,
      );
    }
    folders.push({ split, className, folder });
  }
  return { walk, tally, layout, classes: [...classes].sort(), folders };
}

function isTraining({ split }: ClassFolder): boolean {
  return split === 'train' || split === null;
}

/** Whether files are in a folder but no image, as in `annotations`; a folder without a file may be a class whose images are missing. */
async function holdsOtherThings(walk: Walk, folder: string): Promise<boolean> {
  return !(await walk.hasImages(folder)) && (await walk.countFiles(folder)) > 0;
}

async function tooFewClasses(walk: Walk, classes: readonly string[]): Promise<InputError> {
  const got = classes[0] === undefined ? 'none' : `only ${show(classes[0])}`;
  const { files } = await walk.read('');
  const loose =
    files.length > 0 && classes.length === 0 ? `; ${files.length} files lie in it, in no folder of a class` : '';
  return new InputError(
    'bad-data',
    `${walk.tree.shown('')}: expected the folders of at least 2 classes, got ${got}${loose}`,
  );
}

/** Counts the images of splits whose images have no class, and says so. */
async function describeFlat(walk: Walk, { flat }: Layout, tally: Tally): Promise<string[]> {
  const notes: string[] = [];
  for (const { split, folder } of flat) {
    const images = (await walk.images(folder)).length;
    if (images === 0) continue;
    tally.add('without a class', walk.tree.shown(folder), images);
    const instead = split === 'test' ? 'testing' : 'validation';
    notes.push(
      `${folder}/ holds ${images} ${images === 1 ? 'image' : 'images'} without a class and is not used; images of the training split are set aside for ${instead} instead.`,
    );
  }
  return notes;
}

/** Counts what stands beside the splits and the classes. */
async function describeLeft(walk: Walk, { beside, parents }: Layout, tally: Tally): Promise<string[]> {
  const notes: string[] = [];
  for (const folder of beside) {
    const files = await walk.countFiles(folder);
    if (files === 0) continue;
    tally.add('in a folder beside the splits', walk.tree.shown(folder), files);
    notes.push(`${folder}/ is no split and is not used (${files} ${files === 1 ? 'file' : 'files'}).`);
  }
  for (const folder of parents) {
    const [example, ...others] = (await walk.read(folder)).files;
    if (example === undefined) continue;
    const name = folder === '' ? example : `${folder}/${example}`;
    tally.add('beside the folders of classes', walk.tree.shown(name), 1 + others.length);
  }
  return notes;
}
