import { Random } from '../../base/random.js';
import { makespan } from './schedule.js';

/** What is still to be trained, in the work of `workPerImage` times images times epochs. */
export interface WorkLeft {
  /** Of each trial that is being trained, with its own milliseconds per unit of work so far; null before its first epoch. */
  readonly running: readonly { readonly work: number; readonly msPerWork: number | null }[];
  /** Of each that waits, in the order in which they are begun. */
  readonly queued: readonly number[];
  /** Trials side by side, at least 1. */
  readonly workers: number;
}

/** Milliseconds until the last trial ends. */
export interface TimeLeft {
  readonly expectedMs: number;
  /** It ends between these with 90 % probability, if trials go on taking as long as those that finished. */
  readonly lowMs: number;
  readonly highMs: number;
}

/** How far the trials of a search are. Work is that of one epoch, as `epochWork` counts it. */
export interface SearchStanding {
  /** Epochs of every training. */
  readonly epochs: number;
  /** `epoch`: finished epochs, with the share of the one in progress. `msPerWork`: the trial's own pace; null before its first epoch. */
  readonly running: readonly { readonly work: number; readonly epoch: number; readonly msPerWork: number | null }[];
  /** Work of each waiting trial, in the order in which they start. */
  readonly queued: readonly number[];
}

/**
 * Time until every trial that runs or waits has ended, with as many side by side as run now and at least one. `msPerWork` holds the pace of
 * each finished trial (see `paceOf`). This is the one answer that the terminal and the page give.
 */
export function searchTimeLeft(
  { epochs, running, queued }: SearchStanding,
  msPerWork: readonly number[],
): TimeLeft | null {
  if (running.length + queued.length === 0) return { expectedMs: 0, lowMs: 0, highMs: 0 };
  const left = {
    running: running.map((trial) => ({
      work: trial.work * Math.max(0, epochs - trial.epoch),
      msPerWork: trial.msPerWork,
    })),
    queued: queued.map((work) => work * epochs),
    workers: Math.max(1, running.length),
  };
  return timeLeft(left, msPerWork);
}

/** Milliseconds per unit of work of a training that took `ms` for so many epochs; null where nothing was trained or timed. */
export function paceOf(work: number, epochs: number, ms: number): number | null {
  return epochs > 0 && work > 0 && ms > 0 ? ms / (epochs * work) : null;
}

/** By how much trials of the same work are assumed to differ in time, in log units, and for how many trials that assumption counts. */
const assumedScatter = 0.25;
const assumedDegrees = 3;
const draws = 200;
const tail = 0.05;
/** Trials beyond so many from the end are taken as one amount that the workers share evenly: they end long before the last one does. */
const listed = 200;

/**
 * Time left with its band, from the milliseconds per unit of work (`msPerWork`) of each finished trial. Their logarithms are taken as normal; mean and
 * variance are drawn from their posterior (normal and inverse χ², the variance shrunk towards an assumption that counts for three
 * degrees of freedom), then the time of every trial that is left, then the schedule is played through. Trials that run go on at their own
 * speed, and count among those that finished: without them the fast ones would speak for all. The same input gives the same band. Null
 * while no trial has a speed.
 */
export function timeLeft({ running, queued, workers }: WorkLeft, msPerWork: readonly number[]): TimeLeft | null {
  const begun = running.flatMap((trial) => (trial.msPerWork === null ? [] : [trial.msPerWork]));
  const logs = [...msPerWork, ...begun].map(Math.log).filter(Number.isFinite);
  if (logs.length === 0) return null;
  if (running.length + queued.length === 0) return { expectedMs: 0, lowMs: 0, highMs: 0 };
  const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
  const squares = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) + assumedDegrees * assumedScatter ** 2;
  const degrees = logs.length - 1 + assumedDegrees;
  const last = queued.slice(-listed);
  const early = queued.slice(0, -listed);
  const earlyWork = early.reduce((sum, work) => sum + work, 0);
  const earlySquares = early.reduce((sum, work) => sum + work ** 2, 0);
  const random = new Random(0);
  const ends: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const scatter = Math.sqrt(squares / chiSquared(degrees, random));
    const level = mean + (scatter * random.normal()) / Math.sqrt(logs.length);
    const timeOf = (work: number) => work * Math.exp(level + scatter * random.normal());
    const soon = running.map((trial) => (trial.msPerWork === null ? timeOf(trial.work) : trial.work * trial.msPerWork));
    // Mean and variance of a sum of log-normal times.
    const mean2 = Math.exp(scatter ** 2);
    const before =
      Math.exp(level) *
      (earlyWork * Math.sqrt(mean2) + random.normal() * Math.sqrt(earlySquares * mean2 * (mean2 - 1)));
    ends.push(makespan(soon, last.map(timeOf), workers, Math.max(0, before)));
  }
  ends.sort((a, b) => a - b);
  const at = (share: number) => ends[Math.min(draws - 1, Math.floor(share * draws))] as number;
  return { expectedMs: at(0.5), lowMs: at(tail), highMs: at(1 - tail) };
}

/** From so many degrees of freedom on, the approximation below is right to a thousandth of a standard deviation. */
const manyDegrees = 100;

/** A draw of χ²: squared normals added up; for many degrees of freedom the cube of one normal (Wilson and Hilferty 1931). */
function chiSquared(degrees: number, random: Random): number {
  if (degrees >= manyDegrees) {
    const variance = 2 / (9 * degrees);
    return degrees * (1 - variance + Math.sqrt(variance) * random.normal()) ** 3;
  }
  let sum = 0;
  for (let i = 0; i < degrees; i++) sum += random.normal() ** 2;
  return sum;
}
