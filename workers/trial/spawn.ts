import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TrialOutcome } from '../../search/plan/trial.js';
import { usualThreads } from '../data/loader/decoder-pool.js';
import { longestTimerMs, type RunOptions, resultOf, type TrialJob, type TrialResult } from '../executors/contract.js';
import { type Death, outcomeOfDeath } from './death.js';
import type { JobMessage } from './messages.js';
import { countOomKills } from './oom-kills.js';
import { readMessage } from './read-message.js';
import { trialFlags } from './v8-flags.js';

export interface ProcessOptions {
  /** Where decoded images are kept. */
  readonly cacheFolder: string;
  /** Threads that share each batch; default 1. The numbers of a training depend on it. */
  readonly shards?: number;
  /** From SIGTERM to SIGKILL, and how far past its time limit a trial may go before it gets the first; default 5000. */
  readonly graceMs?: number;
  /** Variables of the process's environment beside our own, such as the GPU that it may use. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs one trial in a child process of its own and resolves with its result, whatever becomes of the process; it does not reject. An
 * aborted signal ends the trial within `graceMs` as `cancelled`. The child ends when this process does.
 */
export async function runTrial(job: TrialJob, options: ProcessOptions & RunOptions): Promise<TrialResult> {
  const oomKills = await countOomKills();
  return resultOf(job, options.signal.aborted ? { state: 'cancelled' } : await runChild(job, options, oomKills));
}

/** How long the standard error of a process that is gone is waited for. */
const lastWordsMs = 1000;

/** Why this process has ended the child. */
type Ending = Extract<TrialOutcome, { state: 'cancelled' | 'timeout' }>;

async function runChild(
  job: TrialJob,
  options: ProcessOptions & RunOptions,
  oomKills: number | null,
): Promise<TrialOutcome> {
  const { cacheFolder, shards = 1, onEvent, signal, graceMs = 5000, env } = options;
  const begun = performance.now();
  const child = fork(trialProgram(), [String(process.pid)], {
    execArgv: [...trialFlags],
    // Decoding runs on libuv's threads, which are four unless this says otherwise.
    env: { UV_THREADPOOL_SIZE: String(4 + usualThreads()), ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const lastWords = tailOf(child);
  let result: TrialOutcome | null = null;
  let ending: Ending | null = null;
  let killer: NodeJS.Timeout | undefined;
  const end = (why: Ending): void => {
    if (ending) return;
    ending = why;
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  const cancel = (): void => end({ state: 'cancelled' });
  signal.addEventListener('abort', cancel, { once: true });
  const limit =
    job.timeLimitMs === null
      ? undefined
      : setTimeout(
          () => end({ state: 'timeout', afterMs: performance.now() - begun }),
          Math.min(job.timeLimitMs + graceMs, longestTimerMs),
        );
  child.on('message', (message) => {
    const said = readMessage(message);
    if (said.type === 'event') onEvent(said.event);
    else {
      result ??= said.outcome;
      // It has said its last word; if it does not go by itself, it is made to.
      killer ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
    }
  });
  try {
    const ended = await endOf(child, { type: 'job', job, cacheFolder, shards });
    return result ?? ending ?? (await outcomeOfDeath(ended, lastWords(), oomKills));
  } finally {
    signal.removeEventListener('abort', cancel);
    clearTimeout(limit);
    clearTimeout(killer);
  }
}

/**
 * Sends the job and waits for the end of the process, and of what it has to say. What it has started itself may hold its standard error
 * open for ever, so that is waited for only a moment.
 */
function endOf(child: ChildProcess, message: JobMessage): Promise<Death> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('exit', (code, signal) => {
      const silence = (): void => {
        const timer = setTimeout(() => {
          child.stderr?.destroy();
          resolve({ code, signal });
        }, lastWordsMs);
        child.once('close', () => clearTimeout(timer));
      };
      // Messages that are still in the channel come before its end.
      if (child.connected) child.once('disconnect', silence);
      else silence();
    });
    // A process that is gone before it can be spoken to is told of by `close`.
    if (child.pid !== undefined) child.send(message, () => {});
  });
}

/** Keeps the last lines that a process writes to standard error. */
function tailOf(child: ChildProcess): () => string {
  const maxCharacters = 2000;
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-maxCharacters);
  });
  return () => tail.trim();
}

/** The compiled main.js beside this file or, when this file runs from its source, in dist/. */
function trialProgram(): string {
  const beside = fileURLToPath(new URL('./main.js', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../dist/workers/trial/main.js', import.meta.url));
}
