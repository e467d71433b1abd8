import { describe, expect, it } from 'vitest';
import type { Split } from '../../../workers/data/dataset.js';
import type { SourceImage } from '../../../workers/data/sources/source.js';
import { type SplitRule, splitImages } from '../../../workers/data/split.js';

function images(className: string, count: number, split: Split | null = null): SourceImage[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `${split ?? 'all'}/${className}/${i}.png`;
    return { name, className, split, content: name, place: name };
  });
}

const rule: SplitRule = { validation: 0.1, test: 0.2, seed: 1, where: 'data.path' };
const split = (all: readonly SourceImage[], classes: readonly string[], fields: Partial<SplitRule> = {}) =>
  splitImages({ images: all, classes, bad: [] }, { ...rule, ...fields });
const names = (list: readonly SourceImage[]) => list.map(({ name }) => name);

describe('splitting', () => {
  const all = [...images('cat', 100), ...images('dog', 50)];
  const classes = ['cat', 'dog'];

  it('takes the same shares of every class, and every image once', () => {
    const { train, validation, test } = split(all, classes);
    const count = (list: readonly SourceImage[], name: string) => list.filter((i) => i.className === name).length;
    expect([train, validation, test].map((list) => count(list, 'cat'))).toEqual([72, 8, 20]);
    expect([train, validation, test].map((list) => count(list, 'dog'))).toEqual([36, 4, 10]);
    expect(names([...train, ...validation, ...test]).sort()).toEqual(names(all).sort());
  });

  it('depends on the seed, and neither on the order of the classes nor on that of the images', () => {
    expect(split(all.toReversed(), ['dog', 'cat'])).toEqual(split(all, classes));
    expect(names(split(all, classes, { seed: 2 }).test)).not.toEqual(names(split(all, classes).test));
  });

  it('leaves a class as it was when another class comes', () => {
    const more = split([...all, ...images('ant', 30)], [...classes, 'ant']);
    for (const part of ['train', 'validation', 'test'] as const) {
      expect(more[part].filter(({ className }) => className !== 'ant')).toEqual(split(all, classes)[part]);
    }
  });

  it('moves at most one other image into or out of a split when an image comes', () => {
    const before = new Set(names(split(all, classes).test));
    const [extra] = images('cat', 101).slice(-1) as [SourceImage];
    const after = names(split([...all, extra], classes).test).filter((name) => name !== extra.name);
    expect(after.filter((name) => !before.has(name)).length).toBeLessThanOrEqual(1);
    expect([...before].filter((name) => !after.includes(name)).length).toBeLessThanOrEqual(1);
  });

  it('keeps the splits that the source gives, and takes validation out of train where it gives none', () => {
    const given = [...classes.flatMap((c) => images(c, 20, 'train')), ...classes.flatMap((c) => images(c, 5, 'test'))];
    const { train, validation, test } = split(given, classes);
    expect([train.length, validation.length]).toEqual([36, 4]);
    expect(test).toEqual(given.filter((image) => image.split === 'test'));
    const all = [...given, ...classes.flatMap((c) => images(c, 3, 'validation'))];
    expect([split(all, classes).train.length, split(all, classes).validation.length]).toEqual([40, 6]);
  });

  it('limits the training images of a class and nothing else', () => {
    const whole = split(all, classes);
    const limited = split(all, classes, { limitPerClass: 10 });
    expect(limited.train).toHaveLength(20);
    expect(names(whole.train)).toEqual(expect.arrayContaining(names(limited.train)));
    expect(limited.validation).toEqual(whole.validation);
    expect(limited.test).toEqual(whole.test);
  });

  it('needs no test split when none is asked for', () => {
    expect(split(all, classes, { test: 0 }).test).toEqual([]);
  });

  it('keeps copies of an image together, in one class and across classes, and moves no other image', () => {
    const copy = (image: SourceImage, name: string, className = image.className) => ({ ...image, name, className });
    const before = split(all, classes);
    const copies = [
      ...before.train.slice(0, 10).map((image) => copy(image, `copy/${image.name}`)),
      ...before.test.slice(0, 5).map((image) => copy(image, `copy/${image.name}`)),
      ...before.train.slice(20, 25).map((image) => copy(image, `other/${image.name}`, 'dog')),
    ];
    for (const seed of [1, 2, 3, 4, 5]) {
      const parts = split([...all, ...copies], classes, { seed });
      const sides = new Map<string, Set<string>>();
      for (const part of ['train', 'validation', 'test'] as const)
        for (const { content } of parts[part]) sides.set(content, (sides.get(content) ?? new Set()).add(part));
      expect([...sides.values()].filter((side) => side.size > 1)).toEqual([]);
      expect(parts.train.length + parts.validation.length + parts.test.length).toBe(all.length + copies.length);
    }
  });

  it('sets at least one image aside, and refuses a class that has too few, naming it', () => {
    const few = split([...images('cat', 3), ...images('dog', 3)], classes);
    expect([few.train.length, few.validation.length, few.test.length]).toEqual([2, 2, 2]);
    expect(() => split([...images('cat', 9), ...images('dog', 2)], classes)).toThrow(
      'data.path: class "dog" needs 3 different images, one each for training, validation and testing, and has 2; add images, leave the class out (--leave-out "dog", or data.leaveOut in an experiment), or do without a test split (--split test=0, or data.test: 0)',
    );
    expect(() => split(images('cat', 9), classes)).toThrow('class "dog"');
    const bad = [{ path: 'x/dog/1.png', reason: 'truncated' }];
    expect(() => splitImages({ images: images('cat', 9), classes, bad }, rule)).toThrow(
      '(1 could not be used, such as x/dog/1.png: truncated)',
    );
  });
});
