import { InputError, show } from '../../search/base/errors.js';
import { childSeed } from '../../search/base/random.js';
import { type Split, splits } from './dataset.js';
import type { ImageSource, SourceImage } from './sources/source.js';

/** How images are shared out that the source has not put into a split itself. */
export interface SplitRule {
  /** Share of the training images of each class set aside for validation, where the source has no validation split. */
  readonly validation: number;
  /** Share of each class set aside for testing, where the source has no test split; 0 for none. */
  readonly test: number;
  readonly seed: number;
  /** At most so many training images of each class; validation and test stay whole, so that accuracies stay comparable. */
  readonly limitPerClass?: number | undefined;
  /** The dataset in an error's sentence. */
  readonly where: string;
}

export type SplitImages<Image> = Readonly<Record<Split, readonly Image[]>>;

/**
 * Shares every class out by the same shares. Which images of a class are set aside depends on the seed, the class's name and the image's
 * name, and on nothing else: not on the order of the classes or of the images, and a new image moves at most one other per split.
 * Each result is sorted by class and name. Throws `bad-data` for a class that would leave a split empty.
 */
export function splitImages<Image extends SourceImage>(
  { images, classes, bad }: Pick<ImageSource<Image>, 'images' | 'classes' | 'bad'>,
  rule: SplitRule,
): SplitImages<Image> {
  const given = new Set(images.map(({ split }) => split));
  const members = new Map(classes.map((name) => [name, [] as Image[]]));
  for (const image of images) members.get(image.className)?.push(image);
  const result: Record<Split, Image[]> = { train: [], validation: [], test: [] };
  for (const className of classes.toSorted()) {
    const all = members.get(className) as Image[];
    const own = shareOut(className, all, given, rule);
    for (const split of splits) {
      if (own[split].length === 0 && (split !== 'test' || rule.test > 0 || given.has('test'))) {
        const unusable = bad[0] ? ` (${bad.length} could not be used, such as ${bad[0].path}: ${bad[0].reason})` : '';
        throw new InputError(
          'bad-data',
          `${rule.where}: expected at least one image of class ${show(className)} for ${split}, got none of ${all.length}${unusable}`,
        );
      }
      result[split].push(...own[split].toSorted(byName));
    }
  }
  return result;
}

function shareOut<Image extends SourceImage>(
  className: string,
  images: readonly Image[],
  given: ReadonlySet<Split | null>,
  { validation, test, seed, limitPerClass }: SplitRule,
): SplitImages<Image> {
  const rest = images
    .filter(({ split }) => split === null || split === 'train')
    .map((image) => ({ image, place: childSeed(seed, 'split', className, image.name) }))
    .sort((a, b) => a.place - b.place || byName(a.image, b.image))
    .map(({ image }) => image);
  const take = (split: Split, share: number) => {
    if (given.has(split)) return images.filter((image) => image.split === split);
    return share === 0 ? [] : rest.splice(0, Math.max(1, Math.round(share * rest.length)));
  };
  return { test: take('test', test), validation: take('validation', validation), train: rest.slice(0, limitPerClass) };
}

function byName(a: SourceImage, b: SourceImage): number {
  return a.name < b.name ? -1 : 1;
}
