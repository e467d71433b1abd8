import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError, show } from '../../../search/base/errors.js';
import type { DatasetSpec } from '../../../search/plan/dataset.js';
import type { BadImage, Split } from '../dataset.js';
import { readRange } from './byte-ranges.js';
import { type ImageSource, locateFiles, type Reader, type Source, type SourceImage } from './source.js';

const classCount = 10;

const sidePx = 32;
const planeBytes = sidePx * sidePx;
/** One label byte, then the red, the green and the blue plane. */
const recordBytes = 1 + 3 * planeBytes;
const recordsPerFile = 10_000;
const files: readonly (readonly [name: string, split: Split])[] = [
  ...[1, 2, 3, 4, 5].map((n) => [`data_batch_${n}.bin`, 'train'] as const),
  ['test_batch.bin', 'test'],
];

/** Where an image lies. */
interface CifarPlace {
  readonly file: string;
  readonly record: number;
}

type Cifar10Spec = Extract<DatasetSpec, { source: 'cifar10' }>;

/** The official binary files of CIFAR-10, which have 50,000 images to train on whatever their place is called. */
export const cifar10: Source<Cifar10Spec> = {
  recognise: async (place) => files.every(([name]) => existsSync(path.join(place, name))),
  classes: async ({ path: place }) => (existsSync(place) ? classCount : undefined),
  async count({ path: place, validation, limitPerClass = Number.POSITIVE_INFINITY }) {
    if (!existsSync(place)) return undefined;
    const images = recordsPerFile * files.filter(([, split]) => split === 'train').length;
    return Math.min(Math.round(images * (1 - validation)), limitPerClass * classCount);
  },
  open: openCifar10,
  reader: cifarReader,
  locate: locateFiles,
};

/** The official binary files of CIFAR-10 (Krizhevsky 2009). Throws `missing-file` or `bad-data` that names the file. */
export async function openCifar10(spec: Cifar10Spec): Promise<ImageSource> {
  const classes = await readClasses(path.join(spec.path, 'batches.meta.txt'));
  const images: SourceImage[] = [];
  const bad: BadImage[] = [];
  for (const [name, split] of files) {
    const file = path.join(spec.path, name);
    const bytes = await readWhole(file);
    if (bytes.length !== recordsPerFile * recordBytes) {
      throw new InputError('bad-data', `${file}: expected ${recordsPerFile * recordBytes} bytes, got ${bytes.length}`);
    }
    const sha256 = sha256Of(bytes);
    for (let record = 0; record < recordsPerFile; record++) {
      const label = bytes[record * recordBytes] as number;
      const className = classes[label];
      if (className === undefined) {
        bad.push({ path: `${file}#${record}`, reason: `expected a label from 0 to 9, got ${label}` });
        continue;
      }
      const imageName = `${name}#${String(record).padStart(4, '0')}`;
      images.push({
        name: imageName,
        className,
        split,
        content: contentOf(sha256, record),
        place: { file: name, record },
      });
    }
  }
  return { classes, nativeResolutionPx: sidePx, images, bad, decoder: 'area-1', reader: cifarReader(spec) };
}

async function readClasses(file: string): Promise<string[]> {
  const names = (await readWhole(file))
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  if (names.length !== classCount || new Set(names).size !== classCount) {
    throw new InputError('bad-data', `${file}: expected ${classCount} different class names, got ${show(names)}`);
  }
  return names;
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError('missing-file', `${file}: expected a file of CIFAR-10's binary version, got ${code}`, {
      cause,
    });
  }
}

/** Reads a record at a time, from files whose content was checked once. */
function cifarReader({ path: folder }: Cifar10Spec): Reader {
  const checked = new Map<string, Promise<string>>();
  const sha256 = (file: string) => {
    let found = checked.get(file);
    if (!found) {
      found = readWhole(file).then(sha256Of);
      checked.set(file, found);
    }
    return found;
  };
  return {
    async load({ place, content }) {
      const { file: name, record } = place as CifarPlace;
      const file = path.join(folder, name);
      if (content !== contentOf(await sha256(file), record)) {
        throw new InputError('bad-data', `${file}: expected the content that the dataset was opened with, got another`);
      }
      const planes = await readRange(file, record * recordBytes + 1, 3 * planeBytes);
      const pixels = new Uint8Array(3 * planeBytes);
      interleave(planes, 0, pixels);
      return { kind: 'square', sidePx, pixels };
    },
  };
}

/** Three planes to RGB pixels. */
function interleave(planes: Uint8Array, offset: number, target: Uint8Array): void {
  for (let p = 0; p < planeBytes; p++) {
    for (let c = 0; c < 3; c++) target[p * 3 + c] = planes[offset + c * planeBytes + p] as number;
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function contentOf(fileSha256: string, record: number): string {
  return `${fileSha256}#${record}`;
}
