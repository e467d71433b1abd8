import path from 'node:path';
import { digest } from '../../../search/base/hash.js';
import { batchesAhead } from '../../../search/cost/data.js';
import type { DatasetSpec } from '../../../search/plan/dataset.js';
import type { ImageStream } from '../dataset.js';
import type { ImageList } from '../index-file.js';
import { fileBytes, hasSize, PixelFile } from '../pixel-file.js';
import type { ImageSource } from '../sources/source.js';
import { cacheRoom } from './cache-room.js';
import { DecoderPool, usualThreads } from './decoder-pool.js';

/** The images of a split at a resolution, and where they come from. */
export interface StreamTask {
  readonly spec: DatasetSpec;
  readonly source: Pick<ImageSource, 'decoder' | 'shown'>;
  readonly images: ImageList;
  readonly resolutionPx: number;
  readonly cacheFolder: string;
  /** Default: as many as leave a core for the engine. */
  readonly threads?: number | undefined;
}

/** Images that are written at a time. */
const runImages = 64;

/** Streams a split: from the disk's cache where `keepDecoded` has put it there, otherwise decoded as it is needed. */
export async function openStream(task: StreamTask): Promise<ImageStream> {
  const { images, resolutionPx } = task;
  const bytesEach = resolutionPx * resolutionPx * 3;
  const base = { shape: [resolutionPx, resolutionPx, 3] as const, count: images.count, labels: images.labels };
  const file = await PixelFile.open(pixelFile(task), images.count, bytesEach);
  let pool: DecoderPool | null = file ? null : openPool(task);
  const decode = (places: Uint32Array, target: SharedArrayBuffer): Promise<void> => {
    pool ??= openPool(task);
    return pool.decode(
      Array.from(places, (place) => images.at(place)),
      target,
    );
  };
  return {
    ...base,
    async fetch(places, target) {
      if (!file) return decode(places, target);
      const pixels = new Uint8Array(target);
      const read = Array.from(places, (place, i) => file.read(place, pixels, i * bytesEach));
      // An image that the disk has damaged is decoded again.
      if ((await Promise.all(read)).includes(false)) await decode(places, target);
    },
    async close() {
      await file?.close();
      await pool?.close();
    },
  };
}

/**
 * Decodes a split into the disk's cache, for all trials of this machine, where the cache's budget allows it and it is not there yet. Gives
 * whether it is there. `onProgress` gets shares in [0, 1]; what it throws ends the decoding.
 */
export async function keepDecoded(
  task: StreamTask,
  onProgress: (share: number) => void,
  onWarning: (sentence: string) => void,
): Promise<boolean> {
  const { images, resolutionPx } = task;
  const bytesEach = resolutionPx * resolutionPx * 3;
  const bytes = fileBytes(images.count, bytesEach);
  const file = pixelFile(task);
  if (await hasSize(file, bytes)) return true;
  if (bytes > (await cacheRoom(task.cacheFolder))) return false;
  const pool = openPool(task);
  try {
    await PixelFile.write(file, images.count, bytesEach, decodedRuns(pool, images, bytesEach, onProgress));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EFBIG'].includes(code ?? '')) throw error;
    onWarning(`${file}: decoded images are not kept, since this file cannot be written (${code})`);
    return false;
  } finally {
    await pool.close();
  }
}

/** Decodes run after run, some of them ahead of the one that is given. */
async function* decodedRuns(
  pool: DecoderPool,
  images: ImageList,
  bytesEach: number,
  onProgress: (share: number) => void,
): AsyncGenerator<{ readonly count: number; readonly pixels: Uint8Array }> {
  const slots = batchesAhead(runImages * bytesEach) + 1;
  const ring = Array.from({ length: slots }, () => new SharedArrayBuffer(runImages * bytesEach));
  const runs = Math.ceil(images.count / runImages);
  const pending: Promise<unknown>[] = [];
  const start = (run: number): void => {
    if (run >= runs) return;
    const from = run * runImages;
    const some = Array.from({ length: Math.min(runImages, images.count - from) }, (_, i) => images.at(from + i));
    pending[run] = pool.decode(some, ring[run % slots] as SharedArrayBuffer).then(
      () => null,
      (error: unknown) => ({ error }),
    );
  };
  for (let run = 0; run < slots - 1; run++) start(run);
  for (let run = 0; run < runs; run++) {
    start(run + slots - 1);
    const failure = (await pending[run]) as { readonly error: unknown } | null;
    if (failure) throw failure.error;
    const count = Math.min(runImages, images.count - run * runImages);
    yield { count, pixels: new Uint8Array(ring[run % slots] as SharedArrayBuffer) };
    onProgress((run * runImages + count) / images.count);
  }
}

function openPool({ spec, source, resolutionPx, threads = usualThreads() }: StreamTask): DecoderPool {
  const shown = (name: string) => source.shown?.({ name, content: '', place: name }) ?? name;
  return new DecoderPool(spec, resolutionPx, threads, shown);
}

/** A name by content, as of every file of the cache. */
function pixelFile({ cacheFolder, source, images, resolutionPx }: StreamTask): string {
  const id = digest({ decoder: source.decoder, resolutionPx, content: images.contents });
  return path.join(cacheFolder, 'squares', id.slice(0, 40));
}
