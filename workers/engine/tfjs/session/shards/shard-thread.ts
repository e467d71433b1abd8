import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { LayerGraph } from '../../../../../search/network/layers/index.js';
import type { Recipe } from '../../../../../search/plan/recipe.js';
import type { StepPlan } from '../../../engine.js';
import type { TfjsName } from '../../backend.js';
import type { ExchangeLayout } from './exchange.js';

/** What a thread is started with. */
export interface ThreadData {
  readonly engine: TfjsName;
  readonly graph: LayerGraph;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly stepPlan: StepPlan;
  readonly shard: number;
  readonly layout: ExchangeLayout;
  readonly memory: SharedArrayBuffer;
}

export type ThreadMessage = { readonly type: 'ready' } | { readonly type: 'failed'; readonly message: string };

/** One of the other threads of a training, as the thread that started it sees it. Ended by `end`, or with the process. */
export class ShardThread {
  /** Resolves when the thread waits for its first order, and rejects when it fails before. */
  readonly ready: Promise<void>;
  /** Why the thread is no more; null while it lives. It is told by an event. */
  failure: Error | null = null;
  private readonly worker: Worker;

  constructor(data: ThreadData) {
    this.worker = new Worker(threadProgram(), { workerData: data, execArgv: [] });
    this.ready = new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        this.failure ??= error;
        reject(this.failure);
      };
      this.worker.on('message', (message: ThreadMessage) => {
        if (message.type === 'failed') fail(new Error(message.message));
        else resolve();
      });
      this.worker.on('error', fail);
      this.worker.on('exit', () => fail(new Error(`the thread of shard ${data.shard + 1} has ended`)));
    });
    // It holds the process only until it is ready: a training that was given up must not keep it alive.
    this.ready.then(
      () => this.worker.unref(),
      () => {},
    );
  }

  /** Sends values that the thread's next order is about. */
  send(values: SharedArrayBuffer): void {
    this.worker.postMessage(values);
  }

  end(): void {
    void this.worker.terminate();
  }
}

/** The compiled thread.js beside this file or, when this file runs from its source, in dist/. */
function threadProgram(): string {
  const beside = fileURLToPath(new URL('./thread.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../../../../dist/workers/engine/tfjs/session/shards/thread.js', import.meta.url));
}
