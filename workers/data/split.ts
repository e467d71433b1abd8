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
 * name, and on nothing else: not on the order of the classes or of the images, and a new image moves at most one other per split. Copies of
 * one image, in one class or several, stay together, so that nothing is tested on what was trained.
 * Each result is sorted by class and name. Throws `bad-data` for a class that would leave a split empty.
 */
export function splitImages<Image extends SourceImage>(
  { images, classes, bad }: Pick<ImageSource<Image>, 'images' | 'classes' | 'bad'>,
  rule: SplitRule,
): SplitImages<Image> {
  const members = new Map(classes.map((name) => [name, [] as Image[]]));
  for (const image of images) members.get(image.className)?.push(image);
  const sharing = new Sharing<Image>(images, rule);
  const result: Record<Split, Image[]> = { train: [], validation: [], test: [] };
  for (const className of classes.toSorted()) {
    const all = members.get(className) as Image[];
    const own = sharing.shareOut(className, all);
    for (const split of splits) {
      if (own[split].length === 0 && sharing.wants(split)) {
        const unusable = bad[0] ? ` (${bad.length} could not be used, such as ${bad[0].path}: ${bad[0].reason})` : '';
        throw new InputError('bad-data', `${rule.where}: ${sharing.missing(className, all, split)}${unusable}`);
      }
      for (const image of own[split].toSorted(byName)) result[split].push(image);
    }
  }
  return result;
}

const purposes: Readonly<Record<Split, string>> = { train: 'training', validation: 'validation', test: 'testing' };

class Sharing<Image extends SourceImage> {
  private readonly given: ReadonlySet<Split | null>;
  /** Splits of contents that more than one image has, from the first that was placed on. */
  private readonly placed = new Map<string, Split>();
  private readonly repeated: ReadonlySet<string>;

  constructor(
    images: readonly Image[],
    private readonly rule: SplitRule,
  ) {
    this.given = new Set(images.map(({ split }) => split));
    const seen = new Set<string>();
    this.repeated = new Set(images.filter(({ content }) => seen.size === seen.add(content).size).map((i) => i.content));
  }

  wants(split: Split): boolean {
    return split !== 'test' || this.rule.test > 0 || this.given.has('test');
  }

  shareOut(className: string, images: readonly Image[]): SplitImages<Image> {
    const { validation, test, seed, limitPerClass } = this.rule;
    let rest = images
      .filter(({ split }) => split === null || split === 'train')
      .map((image) => ({ image, place: childSeed(seed, 'split', className, image.name) }))
      .sort((a, b) => a.place - b.place || byName(a.image, b.image))
      .map(({ image }) => image);
    const take = (split: Split, share: number): readonly Image[] => {
      if (this.given.has(split)) return images.filter((image) => image.split === split);
      if (share === 0) return [];
      const taken = this.takeFrom(rest, split, Math.max(1, Math.round(share * rest.length)));
      rest = rest.filter((image) => !taken.has(image));
      return [...taken];
    };
    const own = { test: take('test', test), validation: take('validation', validation) };
    for (const { content } of rest) if (this.repeated.has(content)) this.placed.set(content, 'train');
    return { ...own, train: rest.slice(0, limitPerClass) };
  }

  /** The first images, about `wanted` of them, with all their copies and with the copies of what is in the split already. */
  private takeFrom(images: readonly Image[], split: Split, wanted: number): Set<Image> {
    const taken = new Set(images.filter(({ content }) => this.placed.get(content) === split));
    for (const image of images) {
      if (taken.size >= wanted) break;
      const { content } = image;
      if (!this.repeated.has(content)) taken.add(image);
      else if (!this.placed.has(content)) {
        this.placed.set(content, split);
        for (const other of images) if (other.content === content) taken.add(other);
      }
    }
    return taken;
  }

  /** Says which images a class lacks, and what can be done where it has some. */
  missing(className: string, images: readonly Image[], split: Split): string {
    const made = splits.filter((one) => one === 'train' || (!this.given.has(one) && this.wants(one)));
    const different = new Set(
      images.filter((one) => one.split !== 'validation' && one.split !== 'test').map((i) => i.content),
    );
    if (different.size === 0 || different.size >= made.length || !made.includes(split)) {
      return `expected at least one image of class ${show(className)} for ${split}, got none of ${images.length}`;
    }
    const each = made.map((one) => purposes[one]);
    const needs = `class ${show(className)} needs ${made.length} different images, one each for ${each.slice(0, -1).join(', ')} and ${each.at(-1)}, and has ${different.size}`;
    const leaveOut = `leave the class out (--leave-out ${show(className)}, or data.leaveOut in an experiment)`;
    const withoutTest = made.includes('test') ? ', or do without a test split (--split test=0, or data.test: 0)' : '';
    return `${needs}; add images, ${leaveOut}${withoutTest}`;
  }
}

function byName(a: SourceImage, b: SourceImage): number {
  return a.name < b.name ? -1 : 1;
}
