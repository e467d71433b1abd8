import type { Images } from '../dataset.js';

/** Ends the reading of images, wherever they are. */
export async function closeImages(images: Images): Promise<void> {
  if (!('pixels' in images)) await images.close();
}

/** Bytes of read-ahead that a training holds, at most; one batch is always read ahead. */
const mostBytesAhead = 256 * 1024 * 1024;
/** Batches beyond these help only against hiccups that are longer than any disk's. */
const mostBatchesAhead = 8;

/** Batches of so many bytes that are read while the engine trains. */
export function batchesAhead(batchBytes: number): number {
  return Math.min(mostBatchesAhead, Math.max(1, Math.floor(mostBytesAhead / batchBytes) - 1));
}

/** Bytes that a stream keeps in memory for batches of so many bytes. */
export function bufferBytes(batchBytes: number): number {
  return (batchesAhead(batchBytes) + 1) * batchBytes;
}
