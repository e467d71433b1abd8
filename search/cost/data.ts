/** Splits of at most so many decoded bytes are kept in the memory of a training; larger ones are read as they are needed. */
export const wholeInMemoryBytes = 64 * 1024 * 1024;

/** Bytes of read-ahead that a training holds, at most; one batch is always read ahead. */
const mostBytesAhead = 256 * 1024 * 1024;
/** More batches would help only against hiccups that are longer than any disk's. */
const mostBatchesAhead = 8;
/** Of an image that is not in memory: its name, its label and where it lies. Seen: 300 to 500. */
const bytesOfEntry = 512;

/** Batches of so many bytes that are read while the engine trains. */
export function batchesAhead(batchBytes: number): number {
  return Math.min(mostBatchesAhead, Math.max(1, Math.floor(mostBytesAhead / batchBytes) - 1));
}

/** Bytes that reading ahead keeps in memory for batches of so many bytes. */
export function bufferBytes(batchBytes: number): number {
  return (batchesAhead(batchBytes) + 1) * batchBytes;
}

/** Images of one split at one resolution, and the batch that they are read in. */
export interface SplitSize {
  readonly images: number;
  readonly resolutionPx: number;
  readonly batch: number;
}

/** Bytes of a split once it is decoded to RGB. */
export function decodedBytes({ images, resolutionPx }: Pick<SplitSize, 'images' | 'resolutionPx'>): number {
  return images * resolutionPx * resolutionPx * 3;
}

/** Bytes of memory that the images of a split take in a training, beside the network's: all of them where they are few, otherwise buffers. */
export function dataMemory(split: SplitSize): number {
  const all = decodedBytes(split);
  const entries = split.images * bytesOfEntry;
  if (all <= wholeInMemoryBytes) return all + entries;
  return bufferBytes(decodedBytes({ ...split, images: split.batch })) + entries;
}

/**
 * The part of `dataMemory` that a slot has to have beside the network's memory: none where the images are few, since slots leave a fifth of a
 * machine's memory free.
 */
export function countedMemory(split: SplitSize): number {
  return decodedBytes(split) <= wholeInMemoryBytes ? 0 : dataMemory(split);
}
