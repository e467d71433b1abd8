import os from 'node:os';
import { type Command, Option } from 'commander';
import { duration } from '../../../search/base/format.js';
import { type Preview, previewPlan } from '../../../search/plan/forecast/preview.js';
import type { Plan } from '../../../search/plan/plan.js';
import { cacheFolder } from '../../../workers/cache-folder.js';
import { knownSpeeds, type MachineSpeed, speedOf } from '../../run/machine-speed.js';
import { integer, number } from './options.js';

/** Flags that say what a training costs, for `plan` and `run`. */
export interface PreviewFlags {
  readonly workers?: number;
  readonly engine?: string;
  readonly gigaflops?: number;
  readonly trainImages?: number;
  readonly pricePerHour?: number;
}

/** A forecast of time and money, with its assumptions. */
export interface PricedPreview extends Preview {
  readonly images: number;
  readonly workers: number;
  readonly engine: string;
  readonly gigaflops: number;
  /** At `--price-per-hour` of one worker, in its currency; null without it. */
  readonly price: number | null;
  readonly seedsPrice: number | null;
}

export function addPreviewOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--gigaflops <x>',
        'predict times for a machine of this speed, as reported by `triscale doctor`',
      ).argParser(number('--gigaflops', 1e-3, 1e9)),
    )
    .addOption(
      new Option(
        '--train-images <n>',
        'predict times for this many training images (default: counted in the data)',
      ).argParser(integer('--train-images', 1)),
    )
    .addOption(
      new Option(
        '--price-per-hour <x>',
        'price of one worker, in any currency: predict the cost of the search',
      ).argParser(number('--price-per-hour', 0, 1e9)),
    );
}

/** Predicts the time and the price of a plan; null if the speed of this machine has not been measured, or the images cannot be counted. */
export async function preview(
  plan: Plan,
  counted: number | undefined,
  flags: PreviewFlags,
): Promise<PricedPreview | null> {
  const images = flags.trainImages ?? counted;
  const speed = await speedFor(flags);
  if (!speed || images === undefined) return null;
  const workers = flags.workers ?? os.availableParallelism();
  const { workPerSecond, engine, gigaflops } = speed;
  const predicted = previewPlan(plan, { images, workPerSecond, workers });
  const price = (ms: number) => (flags.pricePerHour === undefined ? null : (flags.pricePerHour * ms) / 3_600_000);
  return {
    ...predicted,
    images,
    workers,
    engine,
    gigaflops,
    price: price(predicted.workerMs),
    seedsPrice: price(predicted.seedsMs),
  };
}

async function speedFor({ gigaflops, engine }: PreviewFlags): Promise<MachineSpeed | undefined> {
  if (gigaflops !== undefined) return speedOf(gigaflops);
  const known = await knownSpeeds(cacheFolder());
  return engine === undefined || engine === 'auto' ? known[0] : known.find((speed) => speed.engine === engine);
}

/** The forecast as lines of a plan. */
export function describePreview(found: PricedPreview | null): string {
  if (!found)
    return 'Time         unknown: run `triscale doctor` to measure this machine, or give --gigaflops for another one, and --train-images if the data are elsewhere';
  const { wallMs, workerMs, seedsMs, shortestMs, longestMs, price, seedsPrice, workers, engine, gigaflops } = found;
  const source =
    engine === 'given'
      ? `at ${gigaflops} GFLOP/s each`
      : `at the ${gigaflops.toFixed(1)} GFLOP/s of a probe of ${engine}`;
  const seeds = seedsMs > 0 ? `; further seeds add up to ${duration(seedsMs)} of worker time` : '';
  return [
    `Time         about ${duration(wallMs)} on ${workers === 1 ? 'one worker' : `${workers} workers`} ${source}: ${duration(shortestMs)} to ${duration(longestMs)} per training, ${duration(workerMs)} of worker time (GPU time, if each worker has a GPU)${seeds}`,
    ...(price === null
      ? []
      : [
          `Price        ${money(price)}${seedsPrice ? `, up to ${money(price + seedsPrice)} with all further seeds` : ''}`,
        ]),
  ].join('\n');
}

function money(amount: number): string {
  return amount < 10 ? amount.toFixed(2) : amount.toFixed(0);
}
