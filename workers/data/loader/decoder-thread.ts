import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../../../search/base/errors.js';
import { Squares } from '../pixels.js';
import { sourceOf } from '../sources/index.js';
import type { DecoderData, DecoderReply, DecoderTask } from './decoder-pool.js';

/**
 * A thread that reads and decodes images into shared memory. The tasks of several batches may be waiting here while the engine keeps the
 * first thread busy.
 */
const { spec, resolutionPx, imagesAtOnce } = workerData as DecoderData;
const port = parentPort;
if (!port) throw new Error('decoder-thread.ts runs as a thread');

const reader = sourceOf(spec).reader(spec);
const squares = new Squares();
const bytesEach = resolutionPx * resolutionPx * 3;

async function run({ images, target }: DecoderTask): Promise<void> {
  const pixels = new Uint8Array(target);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let entry = images[next++]; entry; entry = images[next++]) {
      try {
        await squares.write(entry.image, await reader.load(entry.image), resolutionPx, pixels, entry.slot * bytesEach);
      } catch (error) {
        throw new ImageError(entry.image.name, error as Error);
      }
    }
  };
  await Promise.all(Array.from({ length: imagesAtOnce }, work));
}

class ImageError extends Error {
  constructor(
    readonly image: string,
    readonly reason: Error,
  ) {
    super(reason.message);
  }
}

// One task after another, so that the batch that is due first is ready first.
let last = Promise.resolve();
port.on('message', (task: DecoderTask) => {
  last = last.then(() =>
    run(task).then(
      () => port.postMessage({ id: task.id, failure: null } satisfies DecoderReply),
      (error: ImageError) => {
        const { reason, image, message } = error;
        const isTold = reason instanceof InputError;
        port.postMessage({ id: task.id, failure: { image, message, isTold } } satisfies DecoderReply);
      },
    ),
  );
});
