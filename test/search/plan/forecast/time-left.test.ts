import { describe, expect, it } from 'vitest';
import { childSeed, Random } from '../../../../search/base/random.js';
import { makespan } from '../../../../search/plan/forecast/schedule.js';
import { paceOf, searchTimeLeft, timeLeft } from '../../../../search/plan/forecast/time-left.js';
import { epochWork, workPerImage } from '../../../../search/plan/forecast/work.js';

/** A device whose trials take their work times a speed, with scatter: plays a search and asks for the band when ten trials are over. */
function play(seed: number, scatter: number, workers: number) {
  const random = new Random(childSeed(seed, 'device'));
  const works = Array.from({ length: 40 }, () => 1 + 2 * random.uniform());
  const speed = Math.exp(random.normal());
  const times = works.map((work) => work * speed * Math.exp(scatter * random.normal()));
  const begun: { end: number; start: number; i: number }[] = [];
  const ends = new Array<number>(workers).fill(0);
  for (const [i, time] of times.entries()) {
    const worker = ends.indexOf(Math.min(...ends));
    const start = ends[worker] as number;
    ends[worker] = start + time;
    begun.push({ start, end: start + time, i });
  }
  const now = begun.map(({ end }) => end).toSorted((a, b) => a - b)[9] as number;
  const over = begun.filter(({ end }) => end <= now);
  const running = begun.filter(({ start, end }) => start <= now && end > now);
  const share = ({ start, end }: { start: number; end: number }) => (now - start) / (end - start);
  const left = timeLeft(
    {
      running: running.map((trial) => {
        const work = works[trial.i] as number;
        return {
          work: work * (1 - share(trial)),
          msPerWork: share(trial) < 0.1 ? null : (times[trial.i] as number) / work,
        };
      }),
      queued: begun.filter(({ start }) => start > now).map(({ i }) => works[i] as number),
      workers,
    },
    over.map(({ i }) => (times[i] as number) / (works[i] as number)),
  );
  return { left: left!, trueMs: Math.max(...ends) - now };
}

describe('the time that is left', () => {
  it.each([
    [0.02, 1],
    [0.1, 2],
    [0.3, 4],
    [0.6, 8],
  ])(
    'is within its band in at least four of five of 200 runs after ten trials, scatter %f, %i workers',
    (scatter, workers) => {
      const runs = Array.from({ length: 200 }, (_, seed) => play(seed, scatter, workers));
      const covered = runs.filter(({ left, trueMs }) => left.lowMs <= trueMs && trueMs <= left.highMs).length;
      expect(covered / 200).toBeGreaterThanOrEqual(0.8);
      // A band that says nothing would cover everything.
      const widths = runs.map(({ left }) => left.highMs / left.lowMs).toSorted((a, b) => a - b);
      expect(widths[100]).toBeLessThan(1.2 + 2 * scatter);
    },
  );

  it('is not known before a trial has finished, and nothing when all are over', () => {
    expect(timeLeft({ running: [{ work: 1, msPerWork: null }], queued: [], workers: 1 }, [])).toBeNull();
    expect(timeLeft({ running: [], queued: [], workers: 1 }, [3])).toEqual({ expectedMs: 0, lowMs: 0, highMs: 0 });
  });

  it('of a hundred thousand trials is told in a moment', () => {
    const left = timeLeft({ running: [], queued: new Array(100_000).fill(2), workers: 10 }, [10, 11, 9, 10])!;
    expect(left.expectedMs / (100_000 * 2 * 10)).toBeCloseTo(0.1, 1);
    expect(left.lowMs).toBeGreaterThan(0.5 * left.expectedMs);
  });

  it('is the same when it is asked for again', () => {
    const left = { running: [1, 2].map((work) => ({ work, msPerWork: null })), queued: [3, 4, 5], workers: 2 };
    expect(timeLeft(left, [10, 11, 12])).toEqual(timeLeft(left, [10, 11, 12]));
  });

  it('narrows as trials finish', () => {
    const left = { running: [1, 2].map((work) => ({ work, msPerWork: null })), queued: [3, 4, 5], workers: 2 };
    const width = (n: number) => {
      const { lowMs, highMs } = timeLeft(
        left,
        Array.from({ length: n }, (_, i) => 10 + (i % 2)),
      )!;
      return highMs / lowMs;
    };
    expect(width(30)).toBeLessThan(width(3));
    expect(width(3)).toBeLessThan(width(1));
  });
});

describe('a schedule', () => {
  it('gives the next job to whoever is free first', () => {
    expect(makespan([], [3, 2, 2], 2)).toBe(4);
    expect(makespan([5], [3, 2, 2], 2)).toBe(7);
    expect(makespan([1, 1], [], 4)).toBe(1);
    expect(makespan([], [], 4)).toBe(0);
  });

  it('shares evenly what is worked off before', () => {
    expect(makespan([5, 1], [2], 2, 4)).toBe(7);
  });
});

describe('work', () => {
  it('counts activations beside multiply-adds', () => {
    expect(workPerImage({ macs: 1000, activations: 0 })).toBe(1000);
    expect(workPerImage({ macs: 1000, activations: 10 })).toBe(1250);
  });
});

describe('the time left of a search', () => {
  const cost = { macs: 1000, params: 10, activations: 0 };
  const plain = epochWork({ cost, saving: { recompute: false, microBatches: 1 } });
  const recomputed = epochWork({ cost, saving: { recompute: true, microBatches: 1 } });

  it('counts re-computation as a third more work, and micro-batches as none', () => {
    expect(recomputed / plain).toBeCloseTo(4 / 3, 12);
    expect(epochWork({ cost, saving: { recompute: false, microBatches: 8 } })).toBe(plain);
  });

  it('takes a trial that re-computes for longer than one that does not, at the same pace', () => {
    const left = (work: number) =>
      searchTimeLeft({ epochs: 10, running: [{ work, epoch: 0, msPerWork: 1 }], queued: [] }, [])!.expectedMs;
    expect(left(plain)).toBeCloseTo(10_000, 6);
    expect(left(recomputed)).toBeCloseTo(40_000 / 3, 6);
  });

  it('counts of a running trial only the epochs that are still to come', () => {
    const left = (epoch: number) =>
      searchTimeLeft({ epochs: 10, running: [{ work: 100, epoch, msPerWork: 2 }], queued: [] }, [])!.expectedMs;
    expect(left(2.5)).toBeCloseTo(1500, 6);
    expect(left(10)).toBe(0);
  });

  it('is zero when every trial has ended, and unknown before the first pace', () => {
    expect(searchTimeLeft({ epochs: 3, running: [], queued: [] }, [1])).toEqual({ expectedMs: 0, lowMs: 0, highMs: 0 });
    expect(searchTimeLeft({ epochs: 3, running: [], queued: [5] }, [])).toBeNull();
  });

  it('rests on no pace where nothing was trained or timed', () => {
    expect(paceOf(100, 10, 5000)).toBe(5);
    for (const [work, epochs, ms] of [
      [0, 10, 5000],
      [100, 0, 5000],
      [100, 10, 0],
    ] as const)
      expect(paceOf(work, epochs, ms)).toBeNull();
  });
});
