import { InputError } from '../../search/base/errors.js';
import type { DatasetSpec } from '../../search/plan/dataset.js';
import { countByClass, type Duplicates, findDuplicates, warnOf } from './checks.js';
import { type Split, splits } from './dataset.js';
import { identifyImages } from './make-dataset.js';
import { type OpenOptions, openSource } from './open.js';
import { type PassedOver, Tally } from './passed-over.js';
import { decodeImages } from './pixels.js';
import type { ImageSource, SourceImage } from './sources/source.js';
import type { SplitImages } from './split.js';

/** All that is known about a dataset before anything is planned. */
export interface DataDescription {
  readonly images: number;
  /** Sorted. */
  readonly classes: readonly string[];
  /** Images by split and class. */
  readonly splits: Readonly<Record<Split, Readonly<Record<string, number>>>>;
  /** Files by format; empty for a source without files of images. */
  readonly formats: Readonly<Record<string, number>>;
  /** The smallest, the median and the largest image by its area, in pixels; null for a source without files of images. */
  readonly sizes: Readonly<
    Record<'smallest' | 'median' | 'largest', readonly [widthPx: number, heightPx: number]>
  > | null;
  /** Files that are not used, the damaged ones included. */
  readonly passedOver: readonly PassedOver[];
  readonly duplicates: Duplicates;
  readonly notes: readonly string[];
  /** As of the opened dataset; null where it cannot be trained on. */
  readonly digest: string | null;
  /** Why it cannot be trained on; null where it can. */
  readonly problem: string | null;
}

/** Samples of one class, as squares of RGB bytes. */
export interface ClassSamples {
  readonly className: string;
  readonly images: readonly { readonly name: string; readonly pixels: Uint8Array }[];
}

export interface DescribedData {
  readonly description: DataDescription;
  /** Images of the first `classes` classes, `each` of each, evenly out of all. */
  samples(limits: {
    readonly classes: number;
    readonly each: number;
    readonly sidePx: number;
  }): Promise<ClassSamples[]>;
}

/** Opens a dataset and describes it, also where one of its rules keeps it from being trained on. Throws as `openDataset` does otherwise. */
export async function describeData(spec: DatasetSpec, options: OpenOptions): Promise<DescribedData> {
  const source = await openSource(spec, options);
  const { images, digest, problem } = shareOut(source, spec);
  const duplicates = findDuplicates(images);
  const classes = source.classes.toSorted();
  const bySplit = (split: Split): Record<string, number> => {
    const counts = countByClass(images[split], classes);
    return Object.fromEntries(classes.map((name, i) => [name, counts[i] as number]));
  };
  return {
    description: {
      images: source.images.length,
      classes,
      splits: { train: bySplit('train'), validation: bySplit('validation'), test: bySplit('test') },
      formats: countFormats(source.images),
      sizes: sizesOf(source.images),
      passedOver: allPassedOver(source),
      duplicates,
      notes: [...(source.notes ?? []), ...warnOf(images, source.classes, duplicates)],
      digest,
      problem,
    },
    samples: (limits) => samplesOf(source, classes.slice(0, limits.classes), limits.each, limits.sidePx),
  };
}

interface Shared {
  readonly images: SplitImages<SourceImage>;
  readonly digest: string | null;
  readonly problem: string | null;
}

function shareOut(source: ImageSource, spec: DatasetSpec): Shared {
  try {
    return { ...identifyImages(source, spec), problem: null };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const of = (split: Split) => source.images.filter((image) => (image.split ?? 'train') === split);
    const images = Object.fromEntries(splits.map((split) => [split, of(split)])) as unknown as Shared['images'];
    return { images, digest: null, problem: error.message };
  }
}

function countFormats(images: readonly SourceImage[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { facts } of images) if (facts) counts.set(facts.format, (counts.get(facts.format) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

function sizesOf(images: readonly SourceImage[]): DataDescription['sizes'] {
  const sizes = images.flatMap(({ facts }) => (facts ? [[facts.widthPx, facts.heightPx] as const] : []));
  sizes.sort(([a, b], [c, d]) => a * b - c * d);
  const [smallest] = sizes;
  const largest = sizes.at(-1);
  const median = sizes[sizes.length >> 1];
  return smallest && median && largest ? { smallest, median, largest } : null;
}

function allPassedOver({ bad, passedOver = [] }: ImageSource): PassedOver[] {
  const damaged = new Tally();
  for (const { path, reason } of bad) damaged.add(`that cannot be used: ${reason}`, path);
  return [...damaged.list(), ...passedOver];
}

async function samplesOf(
  source: ImageSource,
  classes: readonly string[],
  each: number,
  sidePx: number,
): Promise<ClassSamples[]> {
  const members = new Map(classes.map((name) => [name, [] as SourceImage[]]));
  for (const image of source.images) members.get(image.className)?.push(image);
  const found: ClassSamples[] = [];
  for (const [className, all] of members) {
    const count = Math.min(each, all.length);
    const chosen = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as SourceImage);
    const pixels = await decodeImages(source, chosen, sidePx);
    const bytesEach = sidePx * sidePx * 3;
    const images = chosen.map(({ name }, i) => ({ name, pixels: pixels.subarray(i * bytesEach, (i + 1) * bytesEach) }));
    found.push({ className, images });
  }
  return found;
}
