import type { Mistake } from '../../search/plan/trial.js';

/** A result carries at most so many: a few kilobytes, whatever the size of the split. */
export const mostMistakes = 48;

/**
 * Images taken for another class, out of which a sample is kept that shows every kind of error before it repeats one: the surest mistake
 * of each pair of a true and a predicted class, then the second surest of each, and so on. Which they are depends on the predictions
 * alone, not on the order of the batches.
 */
export class MistakeSample {
  /** The surest mistakes of each pair, surest first. */
  private readonly pairs = new Map<string, Mistake[]>();

  /** An image whose probability is not a number says nothing and is passed over. */
  add(mistake: Mistake): void {
    if (!Number.isFinite(mistake.probability)) return;
    const { truth, predicted } = mistake;
    const key = `${truth} ${predicted}`;
    const own = this.pairs.get(key);
    if (!own) {
      this.pairs.set(key, [mistake]);
      return;
    }
    const last = own.at(-1) as Mistake;
    if (own.length === mostMistakes && bySureness(last, mistake) < 0) return;
    own.push(mistake);
    own.sort(bySureness);
    if (own.length > mostMistakes) own.pop();
  }

  /** At most `mostMistakes`, surest first, with probabilities to four decimals. */
  list(): Mistake[] {
    const ranked = [...this.pairs.values()].flatMap((own) => own.map((mistake, rank) => ({ mistake, rank })));
    return ranked
      .sort((a, b) => a.rank - b.rank || bySureness(a.mistake, b.mistake))
      .slice(0, mostMistakes)
      .map(({ mistake }) => mistake)
      .sort(bySureness)
      .map((mistake) => ({ ...mistake, probability: Number(mistake.probability.toFixed(4)) }));
  }
}

/** Of equally sure ones, the first image of the split comes first. */
function bySureness(a: Mistake, b: Mistake): number {
  return b.probability - a.probability || a.image - b.image;
}
