import { describe, expect, it } from 'vitest';
import { defaultHalving, rungEpochs } from '../../../search/strategy/halving.js';
import { replayHalving, spearman } from '../../../search/strategy/halving-replay.js';

/** Straight lines from 0.1 to the final accuracy: the order never changes. */
const steady = Array.from({ length: 9 }, (_, i) => ({
  id: `r${i}`,
  macs: 100,
  curve: Array.from({ length: 27 }, (_, e) => 0.1 + ((0.5 + 0.01 * i) * (e + 1)) / 27),
}));

describe('early stopping', () => {
  it('has rungs three times apart, before the last epoch', () => {
    expect(rungEpochs(defaultHalving, 27)).toEqual([3, 9]);
    expect(rungEpochs(defaultHalving, 28)).toEqual([3, 9, 27]);
    expect(rungEpochs(defaultHalving, 3)).toEqual([]);
  });

  it('saves what the paused runs would have cost, and keeps the winner where the order never changes', () => {
    const { rungs, saved, keptWinner, sentence } = replayHalving(steady, defaultHalving);
    expect(rungs.map(({ judged, promoted }) => [judged.length, promoted.length])).toEqual([
      [9, 3],
      [3, 1],
    ]);
    expect(rungs.map(({ rankCorrelation }) => rankCorrelation)).toEqual([1, 1]);
    // Six runs of 3 epochs, two of 9, one of 27, instead of nine of 27.
    expect(saved).toBeCloseTo(1 - (6 * 3 + 2 * 9 + 27) / (9 * 27), 12);
    expect(keptWinner).toBe(true);
    expect(sentence).toBe('would have saved 74 %, would have kept the winner');
  });

  it('loses a winner that starts slowly, and says so', () => {
    const late = { id: 'late', macs: 100, curve: Array.from({ length: 27 }, (_, e) => (e < 20 ? 0.05 : 0.9)) };
    const { keptWinner, sentence, rungs } = replayHalving([...steady, late], defaultHalving);
    expect(keptWinner).toBe(false);
    expect(sentence).toContain('would not have kept the winner');
    expect(rungs[0]?.rankCorrelation).toBeLessThan(1);
  });

  it('judges dearer networks after fewer epochs when rungs are counted in macs', () => {
    const dear = { id: 'dear', macs: 300, curve: Array.from({ length: 27 }, (_, e) => (e < 2 ? 0.01 : 0.99)) };
    const byEpochs = replayHalving([...steady, dear], defaultHalving);
    const byMacs = replayHalving([...steady, dear], { ...defaultHalving, by: 'macs' });
    expect(byEpochs.rungs[0]?.promoted).toContain('dear');
    expect(byMacs.rungs[0]?.promoted).not.toContain('dear');
  });

  it('correlates ranks, equal values sharing theirs', () => {
    expect(spearman([1, 2, 3], [10, 100, 1000])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    // Ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3: 4.5 / √(4.5 · 5).
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
    expect(spearman([1, 1], [1, 2])).toBeNull();
  });

  it('refuses no runs, and a rule that does not halve', () => {
    expect(() => replayHalving([], defaultHalving)).toThrow(RangeError);
    expect(() => replayHalving(steady, { ...defaultHalving, eta: 1 })).toThrow(RangeError);
  });
});
