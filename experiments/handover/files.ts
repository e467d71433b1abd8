import { access, constants, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError, show } from '../../search/base/errors.js';
import { writeAtomically } from '../../workers/atomic-file.js';

/**
 * Refuses a path to which no file can be written, before hours of work go into its content. Creates nothing. Throws `bad-value` with
 * `--out` as the path.
 */
export async function checkWritable(file: string): Promise<void> {
  if (await isFolder(file)) throw refusal(`expected a file, got the folder ${show(file)}`);
  await checkAbove(file);
}

/** The same check for a folder that files are written into, whether it exists or not. */
export async function checkWritableFolder(folder: string): Promise<void> {
  const isThere = await isFolder(folder);
  if (isThere === false) throw refusal(`expected a folder, got the file ${show(folder)}`);
  if (isThere) await checkRights(folder, folder);
  else await checkAbove(folder);
}

/** The nearest existing path above `target` must be a writable folder. */
async function checkAbove(target: string): Promise<void> {
  let above = path.dirname(path.resolve(target));
  let standing = await isFolder(above);
  while (standing === null && above !== path.dirname(above)) {
    above = path.dirname(above);
    standing = await isFolder(above);
  }
  if (!standing) throw refusal(`expected a path inside a folder, got ${show(target)}; ${show(above)} is a file`);
  await checkRights(target, above);
}

async function checkRights(target: string, folder: string): Promise<void> {
  await access(folder, constants.W_OK).catch((cause: NodeJS.ErrnoException) => {
    throw refusal(
      `expected a writable path, got ${show(target)}; ${show(folder)} cannot be written (${cause.code})`,
      cause,
    );
  });
}

/** Null where nothing exists. */
async function isFolder(file: string): Promise<boolean | null> {
  const found = await stat(file).catch(() => null);
  return found ? found.isDirectory() : null;
}

function refusal(sentence: string, cause?: unknown): InputError {
  return new InputError('bad-value', `--out: ${sentence}`, { cause });
}

/** Writes files into a folder, each whole or not at all; returns their paths. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await writeAtomically(file, (handle) => handle.writeFile(content));
    written.push(file);
  }
  return written;
}
