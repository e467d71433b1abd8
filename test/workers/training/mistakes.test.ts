import { describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import type { Mistake } from '../../../search/plan/trial.js';
import { MistakeSample, mostMistakes } from '../../../workers/training/mistakes.js';

/** Images and classes drawn from a seed; probabilities of two decimals, so that many are equal. */
function drawn(seed: number, images: number, classes: number): Mistake[] {
  const random = new Random(seed);
  return Array.from({ length: images }, (_, image) => ({
    image,
    truth: random.below(classes),
    predicted: random.below(classes),
    probability: random.below(101) / 100,
  })).filter(({ truth, predicted }) => truth !== predicted);
}

/** Takes the best of what is left, one at a time, from the pair that has given least. */
function bruteForce(mistakes: readonly Mistake[]): Mistake[] {
  const left = [...mistakes];
  const taken: Mistake[] = [];
  const given = (one: Mistake) =>
    taken.filter(({ truth, predicted }) => truth === one.truth && predicted === one.predicted).length;
  const isBefore = (a: Mistake, b: Mistake): boolean =>
    a.probability > b.probability || (a.probability === b.probability && a.image < b.image);
  while (left.length > 0 && taken.length < mostMistakes) {
    let best = left[0]!;
    for (const one of left)
      if (given(one) < given(best) || (given(one) === given(best) && isBefore(one, best))) best = one;
    taken.push(best);
    left.splice(left.indexOf(best), 1);
  }
  return taken.sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

function sampled(mistakes: readonly Mistake[]): Mistake[] {
  const sample = new MistakeSample();
  for (const mistake of mistakes) sample.add(mistake);
  return sample.list();
}

describe('a sample of mistakes', () => {
  it.each([
    [10, 3],
    [400, 2],
    [400, 5],
    [900, 12],
    [300, 40],
  ])(
    'of %d images and %d classes is what a brute-force search takes, in whatever order they come',
    (images, classes) => {
      for (let seed = 1; seed <= 4; seed++) {
        const mistakes = drawn(seed, images, classes);
        const expected = bruteForce(mistakes);
        expect(sampled(mistakes)).toEqual(expected);
        expect(sampled(new Random(seed).shuffle(mistakes))).toEqual(expected);
      }
    },
  );

  it('shows every kind of error before it repeats one', () => {
    const many = Array.from({ length: 100 }, (_, image) => ({ image, truth: 0, predicted: 1, probability: 0.99 }));
    const rare = { image: 100, truth: 1, predicted: 0, probability: 0.3 };
    const list = sampled([...many, rare]);
    expect(list).toHaveLength(mostMistakes);
    expect(list).toContainEqual(rare);
    expect(list.slice(0, -1)).toEqual(many.slice(0, mostMistakes - 1));
  });

  it('passes over what is no number, and rounds only what it hands out', () => {
    const a = { image: 0, truth: 0, predicted: 1, probability: 0.123_41 };
    const b = { image: 1, truth: 0, predicted: 1, probability: 0.123_42 };
    expect(sampled([a, b, { ...a, image: 2, probability: Number.NaN }])).toEqual([
      { ...b, probability: 0.1234 },
      { ...a, probability: 0.1234 },
    ]);
    expect(sampled([])).toEqual([]);
  });
});
