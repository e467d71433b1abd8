import { InputError } from '../../search/base/errors.js';

/** What a command that ended well reports to the one place that exits: 0 done, 2 showed data that cannot be trained on, 3 no choice. */
export type ExitCode = 0 | 2 | 3;

/** Sets the exit code of a command that ends well but without what was hoped for. */
export type ExitWith = (code: ExitCode) => void;

/** Thrown when Ctrl-C or SIGTERM ended a command; the message says what was kept and how to go on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Runs `work` with a signal that is aborted by the first Ctrl-C or SIGTERM. A second one ends the process at once:
 * whatever is durable is in the store by then. Throws `Interrupted` where `work` rejects with the signal's reason.
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

/** What a disk may refuse, in words. Anything else that a system call says is a fault of ours. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a read-only file system',
  ENOSPC: 'no room left on the disk',
  EDQUOT: 'no room left in the quota',
  ENAMETOOLONG: 'a name that is too long',
};

/** What has the same codes and asks no disk for anything; a process is named behind `spawn`. */
const otherCalls = /^(spawn|spawnSync|kill|connect|listen|bind)\b/;

/** The fault of the user's disk that an error tells of, as a sentence; null where it tells of none. */
export function fileFault(error: unknown): InputError | null {
  if (!(error instanceof Error)) return null;
  const { code = '', path, syscall = '' } = error as NodeJS.ErrnoException;
  const refusal = refusals[code];
  if (refusal === undefined || otherCalls.test(syscall)) return null;
  // What is written whole or not at all is first written under a name of its own.
  const where = path === undefined ? 'a file' : path.replace(/\.[0-9a-f-]{36}\.tmp$/, '');
  return new InputError('bad-value', `${where}: expected to be able to read and write there, got ${refusal}`, {
    cause: error,
  });
}
