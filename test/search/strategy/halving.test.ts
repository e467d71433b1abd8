import { describe, expect, it } from 'vitest';
import { Random } from '../../../search/base/random.js';
import type { HalvingRule } from '../../../search/strategy/halving.js';
import { type HalvedTrial, halve } from '../../../search/strategy/halving.js';
import { replayHalving } from '../../../search/strategy/halving-replay.js';

const rule: HalvingRule = { eta: 3, firstEpochs: 3, by: 'epochs' };
const epochs = 27;
const trial = (id: string, curve: readonly number[], fields: Partial<HalvedTrial> = {}): HalvedTrial => ({
  id,
  macs: 100,
  curve,
  hasFailed: false,
  ...fields,
});
/** Nine trials that have reached this epoch, the later the better. */
const nine = (epoch: number) => Array.from({ length: 9 }, (_, i) => trial(`t${i}`, new Array(epoch).fill(i / 10)));
const pauses = (trials: readonly HalvedTrial[], by = rule) => [...halve(trials, by, epochs).pauseAfter.values()];

describe('successive halving', () => {
  it('pauses all at the first rung, and decides nothing before the last has reached it', () => {
    expect(pauses(nine(0))).toEqual(new Array(9).fill(3));
    const [first, ...others] = nine(3);
    const waiting = [trial('t0', (first as HalvedTrial).curve.slice(0, 2)), ...others];
    expect(halve(waiting, rule, epochs).decisions).toEqual([]);
    expect(pauses(waiting)).toEqual(new Array(9).fill(3));
  });

  it('lets the best third go on to the next rung, and the best of those to the end', () => {
    const atFirst = halve(nine(3), rule, epochs);
    expect(Object.fromEntries(atFirst.pauseAfter)).toMatchObject({ t8: 9, t7: 9, t6: 9, t5: 3, t0: 3 });
    expect(atFirst.decisions).toEqual([{ epochs: 3, judged: 9, promoted: 3 }]);
    const further = nine(3).map((each, i) => (i < 6 ? each : trial(each.id, new Array(9).fill(i / 10))));
    const atSecond = halve(further, rule, epochs);
    expect(Object.fromEntries(atSecond.pauseAfter)).toMatchObject({ t8: null, t7: 9, t6: 9, t5: 3 });
    expect(atSecond.decisions).toHaveLength(2);
  });

  it('gives the place of a trial that failed to the next best', () => {
    const failed = nine(3).map((each) => (each.id === 't8' ? { ...each, hasFailed: true } : each));
    expect(Object.fromEntries(halve(failed, rule, epochs).pauseAfter)).toMatchObject({ t7: 9, t6: 9, t5: 9, t4: 3 });
  });

  it('judges dearer networks after fewer epochs when rungs are counted in macs', () => {
    const trials = [trial('cheap', [], { macs: 50 }), trial('typical', []), trial('dear', [], { macs: 300 })];
    expect(Object.fromEntries(halve(trials, { ...rule, by: 'macs' }, epochs).pauseAfter)).toEqual({
      cheap: 6,
      typical: 3,
      dear: 1,
    });
  });

  it('pauses nobody where the first rung lies at the last epoch', () => {
    expect(pauses(nine(0), { ...rule, firstEpochs: 27 })).toEqual(new Array(9).fill(null));
  });

  it('trains to the end what a replay of the finished search would have kept', () => {
    const random = new Random(4);
    for (let search = 0; search < 50; search++) {
      const runs = Array.from({ length: 4 + random.below(20) }, (_, i) => ({
        id: `r${i}`,
        macs: 50 + random.below(200),
        curve: Array.from({ length: epochs }, () => random.uniform()),
      }));
      for (const by of ['epochs', 'macs'] as const) {
        const { rungs } = replayHalving(runs, { ...rule, by });
        const { pauseAfter } = halve(
          runs.map((run) => ({ ...run, hasFailed: false })),
          { ...rule, by },
          epochs,
        );
        const toTheEnd = runs.filter(({ id }) => pauseAfter.get(id) === null).map(({ id }) => id);
        const promoted = rungs.at(-1)?.promoted ?? [];
        // Counted in macs, a cheap network may come to its end before it is judged.
        if (by === 'macs') expect(toTheEnd).toEqual(expect.arrayContaining([...promoted]));
        else expect(toTheEnd.sort()).toEqual([...promoted].sort());
      }
    }
  });
});
