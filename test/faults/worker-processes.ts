import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { FarmClocks } from '../../workers/executors/farm/settings.js';
import { shortClocks } from '../support/farm.js';
import type { TestRedis } from '../support/redis.js';

export interface WorkerProcessOptions {
  readonly slots?: number;
  /** Workers in each process; default 1. */
  readonly count?: number;
  readonly clocks?: FarmClocks;
  /** Seed of a trial that kills its worker. */
  readonly poison?: number;
  /** Simulate in the worker's own process instead of a child. */
  readonly inProcess?: boolean;
  /** Take no trial. */
  readonly refuses?: boolean;
  /** How far the worker's clock is ahead. */
  readonly clockShiftMs?: number;
}

/** Workers in processes of their own, which can be killed and replaced. */
export class WorkerProcesses {
  readonly children = new Set<ChildProcess>();
  private made = 0;

  constructor(
    private readonly redis: TestRedis,
    private readonly namespace: string,
    private readonly folder: string,
    private readonly options: WorkerProcessOptions = {},
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /** Resolves when the worker has joined. */
  async join(): Promise<ChildProcess> {
    const file = path.join(this.folder, `worker${this.made++}.json`);
    const { redis, namespace, folder, options } = this;
    const own = { address: redis.address, namespace, clocks: shortClocks, slots: 1, ...options };
    const folders = { cacheFolder: path.join(folder, 'cache'), checkpoints: path.join(folder, 'checkpoints') };
    writeFileSync(file, JSON.stringify({ ...own, ...folders }));
    const support = path.join(import.meta.dirname, '../support');
    const { clockShiftMs = 0 } = options;
    const child = spawn(process.execPath, [path.join(support, 'farm-worker-process.mjs'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        // The processes of its trials have the same clock.
        ...(clockShiftMs === 0 ? {} : { NODE_OPTIONS: `--import=${path.join(support, 'shift-clock.mjs')}` }),
        CLOCK_SHIFT_MS: String(clockShiftMs),
      },
    });
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
    await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit')]);
    return child;
  }

  async end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  async close(): Promise<void> {
    await Promise.all([...this.children].map((child) => this.end(child, 'SIGKILL')));
  }
}
