import { InputError } from '../../search/base/errors.js';

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
