import { InputError } from '../../search/base/errors.js';

/** What a command that ended well reports to the one place that exits: 0 done, 2 showed data that cannot be trained on, 3 no choice. */
export type ExitCode = 0 | 2 | 3;

/** Sets the exit code of a command that ends without a fault but also without a result. */
export type ExitWith = (code: ExitCode) => void;

/** Thrown when Ctrl-C or SIGTERM ended a command; the message says what was kept and how to continue. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Runs `work` with a signal that is aborted by the first Ctrl-C or SIGTERM. A second one ends the process at once:
 * everything durable is in the store by then. Throws `Interrupted` where `work` rejects with the signal's reason.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted && error === controller.signal.reason) throw new Interrupted('stopped');
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** Refusals of a disk or file system, in words. Any other error of a system call is an internal one. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'disk quota exceeded',
  ENAMETOOLONG: 'file name too long',
};

/** System calls that fail with the same codes and touch no disk; `spawn` is followed by the name of a program. */
const otherCalls = /^(spawn|spawnSync|kill|connect|listen|bind)\b/;

/** A refusal of the user's disk as an input error of one sentence; null for any other error. */
export function fileFault(error: unknown): InputError | null {
  if (!(error instanceof Error)) return null;
  const { code = '', path, syscall = '' } = error as NodeJS.ErrnoException;
  const refusal = refusals[code];
  if (refusal === undefined || otherCalls.test(syscall)) return null;
  // Files are written under a temporary name first, which means nothing to the user.
  const where = path === undefined ? 'a file' : path.replace(/\.[0-9a-f-]{36}\.tmp$/, '');
  return new InputError('bad-value', `cannot read or write ${where}: ${refusal}`, {
    cause: error,
  });
}
