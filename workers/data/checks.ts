import { percent, plural } from '../../search/base/format.js';
import { type Split, splits } from './dataset.js';
import type { SourceImage } from './sources/source.js';
import type { SplitImages } from './split.js';

/** Images whose content is that of another image, byte by byte. */
export interface Duplicates {
  /** Pictures that are in more than one split: what is measured there is partly what was trained. */
  readonly acrossSplits: number;
  /** Pictures that are in more than one class: no network can get both right. */
  readonly acrossClasses: number;
  /** Images beyond the first of each picture, in the whole dataset. */
  readonly copies: number;
  readonly examples: {
    readonly acrossSplits: readonly [string, string] | null;
    readonly acrossClasses: readonly [string, string] | null;
  };
}

export function findDuplicates(images: SplitImages<SourceImage>): Duplicates {
  const groups = new Map<string, { readonly image: SourceImage; readonly split: Split }[]>();
  for (const split of splits) {
    for (const image of images[split]) {
      const group = groups.get(image.content);
      if (group) group.push({ image, split });
      else groups.set(image.content, [{ image, split }]);
    }
  }
  let acrossSplits = 0;
  let acrossClasses = 0;
  let copies = 0;
  const examples: { acrossSplits: [string, string] | null; acrossClasses: [string, string] | null } = {
    acrossSplits: null,
    acrossClasses: null,
  };
  for (const [first, ...others] of groups.values()) {
    if (!first || others.length === 0) continue;
    copies += others.length;
    const elsewhere = others.find(({ split }) => split !== first.split);
    if (elsewhere) {
      acrossSplits++;
      examples.acrossSplits ??= [first.image.name, elsewhere.image.name];
    }
    const otherwise = others.find(({ image }) => image.className !== first.image.className);
    if (otherwise) {
      acrossClasses++;
      examples.acrossClasses ??= [first.image.name, otherwise.image.name];
    }
  }
  return { acrossSplits, acrossClasses, copies, examples };
}

/** Images of each class, in the order of the classes. */
export function countByClass(images: readonly SourceImage[], classes: readonly string[]): number[] {
  const counts = new Map(classes.map((name) => [name, 0]));
  for (const { className } of images) counts.set(className, (counts.get(className) ?? 0) + 1);
  return classes.map((name) => counts.get(name) ?? 0);
}

/** Classes are called unequal where the largest has so many times its equal share, and half of all images. */
const unequalFrom = 1.5;

/** Sentences on what a person should know of the images before training on them; usually none. */
export function warnOf(images: SplitImages<SourceImage>, classes: readonly string[], duplicates: Duplicates): string[] {
  const warnings: string[] = [];
  const { acrossSplits, acrossClasses, examples } = duplicates;
  if (examples.acrossSplits) {
    const [one, other] = examples.acrossSplits;
    warnings.push(
      `${plural(acrossSplits, 'picture')} ${acrossSplits === 1 ? 'is' : 'are'} in more than one split, such as ${one} and ${other}: accuracy on a copy of a training image proves nothing. Remove the copies from one side.`,
    );
  }
  if (examples.acrossClasses) {
    const [one, other] = examples.acrossClasses;
    warnings.push(
      `${plural(acrossClasses, 'picture')} ${acrossClasses === 1 ? 'is' : 'are'} in more than one class, such as ${one} and ${other}: no network can get both right. Remove the wrong ones.`,
    );
  }
  const counts = countByClass(images.validation, classes);
  const most = Math.max(...counts);
  const share = most / Math.max(1, images.validation.length);
  if (share >= 0.5 && share >= unequalFrom / classes.length) {
    const largest = classes[counts.indexOf(most)] as string;
    warnings.push(
      `The classes are unequal: always answering "${largest}" is right for ${percent(share)} of the validation images, so a network learns something only above that. Compare the accuracy of each class, too.`,
    );
  }
  return warnings;
}
