import { existsSync, lstatSync, mkdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError, show } from '../../search/base/errors.js';
import { explained } from './database.js';

/**
 * The only name of the file of a store: absolute and without symbolic links. The lock, the folder of checkpoints and the control socket are
 * named after it, so that two spellings of a path are never taken for two stores. The file need not exist. Throws `bad-value` for a
 * path that names no file, and `bad-store` for a folder, a special file or a file with a second name.
 */
export function storeFile(file: string): string {
  checkPath(file);
  return explained(file, () => {
    const real = realFile(path.resolve(file));
    const stat = statSync(real, { throwIfNoEntry: false });
    if (stat?.isDirectory()) throw refused(file, 'is a folder');
    if (stat && !stat.isFile()) throw refused(file, 'is not a regular file');
    // Each hard link would have a lock and a write-ahead log of its own.
    if (stat && stat.nlink > 1)
      throw refused(file, `has ${stat.nlink} names (hard links); keep only one of them, or make a copy`);
    return real;
  });
}

/** The same for a store that will be written; creates its folder. */
export function storeFileToWrite(file: string): string {
  checkPath(file);
  explained(file, () => mkdirSync(path.dirname(target(path.resolve(file))), { recursive: true }));
  return storeFile(file);
}

/** SQLite takes `:memory:` and the empty path for temporary databases, and the library trims spaces off a path. */
function checkPath(file: string): void {
  if (file === '' || file === ':memory:' || file !== file.trim())
    throw new InputError('bad-value', `store: expected the path of a file, got ${show(file)}`);
}

function realFile(file: string): string {
  const end = target(file);
  const folder = path.dirname(end);
  return existsSync(folder) ? path.join(realpathSync(folder), path.basename(end)) : end;
}

/** Where the symbolic links at the end of a path lead, even if nothing is there yet. */
function target(file: string): string {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (!stat?.isSymbolicLink()) return file;
  if (statSync(file, { throwIfNoEntry: false })) return realpathSync(file);
  return target(path.resolve(realpathSync(path.dirname(file)), readlinkSync(file)));
}

function refused(file: string, reason: string): InputError {
  return new InputError('bad-store', `store ${show(file)} ${reason}`);
}
