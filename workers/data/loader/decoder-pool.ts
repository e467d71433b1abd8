import { existsSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { InputError } from '../../../search/base/errors.js';
import type { DatasetSpec } from '../../../search/plan/dataset.js';
import type { ImagePlace } from '../sources/source.js';

/** What a thread is started with. */
export interface DecoderData {
  readonly spec: DatasetSpec;
  readonly resolutionPx: number;
  /** Images of a task that are read and decoded at the same time, so that the disk and the processor are both busy. */
  readonly imagesAtOnce: number;
}

/** Images to decode, each into its slot of the target. */
export interface DecoderTask {
  readonly id: number;
  readonly images: readonly { readonly image: ImagePlace; readonly slot: number }[];
  readonly target: SharedArrayBuffer;
}

/** How a task ended. */
export interface DecoderReply {
  readonly id: number;
  /** `isTold`: the message is a sentence for the user as it stands. */
  readonly failure: { readonly image: string; readonly message: string; readonly isTold: boolean } | null;
}

/** Threads of one reader, unless somebody says otherwise: the engine has the rest of the machine. */
export function usualThreads(): number {
  return Math.max(1, Math.min(8, os.availableParallelism() - 1));
}

const imagesAtOnce = 3;

/** Threads that read and decode images of one dataset into shared memory, while this thread does something else. Owned until `close`. */
export class DecoderPool {
  private readonly workers: readonly Worker[];
  private readonly waiting = new Map<
    number,
    { readonly resolve: () => void; readonly reject: (error: Error) => void }
  >();
  private ids = 0;
  private failure: Error | null = null;

  /** `shown`: the absolute path of an image, for messages. */
  constructor(
    spec: DatasetSpec,
    resolutionPx: number,
    threads: number,
    private readonly shown: (name: string) => string,
  ) {
    const data: DecoderData = { spec, resolutionPx, imagesAtOnce };
    this.workers = Array.from({ length: threads }, () => {
      const worker = new Worker(threadProgram(), { workerData: data, execArgv: [] });
      worker.on('message', (reply: DecoderReply) => this.settle(reply));
      worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error))));
      worker.on('exit', () => this.fail(new Error('a thread that decodes images has ended')));
      // A training that was given up must not be kept alive by threads with nothing to do.
      worker.unref();
      return worker;
    });
  }

  /** Decodes images one after another into a buffer. Which thread decodes which makes no difference. Rejects with `bad-data`. */
  async decode(images: readonly ImagePlace[], target: SharedArrayBuffer): Promise<void> {
    const shares: { readonly image: ImagePlace; readonly slot: number }[][] = this.workers.map(() => []);
    images.forEach(({ name, content, place }, slot) => {
      shares[slot % shares.length]?.push({ image: { name, content, place }, slot });
    });
    await Promise.all(this.workers.map((worker, i) => this.send(worker, shares[i] ?? [], target)));
  }

  async close(): Promise<void> {
    this.fail(new Error('the reading of images was ended'));
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private send(worker: Worker, images: DecoderTask['images'], target: SharedArrayBuffer): Promise<void> {
    if (images.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      const id = this.ids++;
      if (this.waiting.size === 0) for (const one of this.workers) one.ref();
      this.waiting.set(id, { resolve, reject });
      worker.postMessage({ id, images, target } satisfies DecoderTask);
    });
  }

  private settle({ id, failure }: DecoderReply): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (this.waiting.size === 0) for (const worker of this.workers) worker.unref();
    if (!failure) waiting?.resolve();
    else if (failure.isTold) waiting?.reject(new InputError('bad-data', failure.message));
    else {
      const reason = failure.message.split('\n')[0];
      const rule = 'expected the image that the dataset was opened with';
      waiting?.reject(new InputError('bad-data', `${this.shown(failure.image)}: ${rule}, got: ${reason}`));
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}

/** The built thread, also where this module runs from its source. */
function threadProgram(): string {
  const beside = fileURLToPath(new URL('./decoder-thread.js', import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL('../../../dist/workers/data/loader/decoder-thread.js', import.meta.url));
}
