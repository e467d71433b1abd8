import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type EngineName, engineNames } from '../../search/cost/engine-memory.js';

/** Whether an engine trains here and how fast, or the one thing that it lacks. */
export type EngineReport = ProbeMessage & {
  /** Of `auto`, the one that it took, if any. */
  readonly engine: EngineName | 'auto';
};

/** What the child process of a probe says. */
export type ProbeMessage =
  | {
      readonly works: true;
      readonly engine: EngineName;
      readonly version: string;
      readonly device: string;
      /** Of training the sample network, whatever the engine uses of the machine by default. */
      readonly imagesPerSecond: number;
      /** 10⁹ floating-point operations a second that the training amounts to: 6 for each multiply-add of a forward pass. */
      readonly gigaflops: number;
    }
  /** `reason`: a sentence that says what is missing and the command that mends it. */
  | { readonly works: false; readonly reason: string };

export interface ProbeOptions {
  /** Default: all of them. */
  readonly engines?: readonly (EngineName | 'auto')[];
  /** Called as soon as an engine has been tried. */
  readonly onReport?: (report: EngineReport) => void;
  readonly signal?: AbortSignal;
  /** How long one engine may take in all; default a minute. */
  readonly timeLimitMs?: number;
}

/**
 * Trains a small network for two seconds on each engine, one after the other, each in a process of its own: a driver that brings its
 * process down takes nothing else with it. Rejects only when `signal` is aborted.
 */
export async function probeEngines({
  engines = engineNames,
  onReport,
  ...options
}: ProbeOptions = {}): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const engine of engines) {
    options.signal?.throwIfAborted();
    const report = { engine, ...(await probeEngine(engine, options)) };
    reports.push(report);
    onReport?.(report);
  }
  return reports;
}

async function probeEngine(
  engine: EngineName | 'auto',
  { signal, timeLimitMs = 60_000 }: ProbeOptions,
): Promise<ProbeMessage> {
  const child = spawn(process.execPath, [probeProgram(), engine], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeLimitMs,
    killSignal: 'SIGKILL',
  });
  const stop = (): boolean => child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  let stdout = '';
  let lastWords = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-20_000);
  });
  const begun = performance.now();
  const ending = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, killedBy) => resolve(code ?? String(killedBy)));
  });
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
  // The last line: a driver may have greeted before.
  if (ending === 0) return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ProbeMessage;
  if (performance.now() - begun >= timeLimitMs)
    return { works: false, reason: `it did not end within ${timeLimitMs / 1000} s` };
  const how = typeof ending === 'number' ? `with exit code ${ending}` : `by ${ending}`;
  return { works: false, reason: `its process ended ${how}${sentenceOf(lastWords)}` };
}

/** The line that names the error among what a process has written, after a colon; empty when there is none. */
function sentenceOf(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((candidate) => /\b\w*(Error|Fatal|Check failed)\b/i.test(candidate)) ?? lines.at(-1);
  return line ? `: ${line.trim()}` : '';
}

/** The compiled program beside this file or, when this file runs from its source, in dist/. */
function probeProgram(): string {
  const beside = fileURLToPath(new URL('./probe-program.js', import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../dist/workers/engine/probe-program.js', import.meta.url));
}
