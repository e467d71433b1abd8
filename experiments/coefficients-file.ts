import { access, constants, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError, show } from '../search/errors.js';
import { writeAtomically } from '../workers/atomic-file.js';
import { coefficientsExport } from './coefficients-export.js';
import type { SearchEvidence } from './evidence.js';

/** Where the coefficients of a search are written unless `--out` says otherwise: beside the store, by the name of the search. */
export function coefficientsFile(store: string, search: string): string {
  const base = store.replace(/\.(sqlite3?|db)$/i, '');
  const name = path.basename(base).split('.')[0] === search ? base : `${base}.${search}`;
  return `${name}.coefficients.json`;
}

/** Refuses a path that no file can be written to, before hours are spent on what should stand there. Creates nothing. */
export async function checkWritable(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory()) throw new InputError('bad-value', `--out: expected a file, got the folder ${show(file)}`);
  let above = path.dirname(path.resolve(file));
  let standing = await stat(above).catch(() => null);
  while (!standing && above !== path.dirname(above)) {
    above = path.dirname(above);
    standing = await stat(above).catch(() => null);
  }
  if (!standing?.isDirectory()) {
    throw new InputError(
      'bad-value',
      `--out: expected a path in a folder, got ${show(file)}, where ${show(above)} is a file`,
    );
  }
  await access(above, constants.W_OK).catch((cause: NodeJS.ErrnoException) => {
    const rule = 'expected a path in a folder that can be written';
    throw new InputError('bad-value', `${file}: ${rule}, got ${show(above)} (${cause.code})`, { cause });
  });
}

/** Writes the chosen coefficients, whole or not at all; null without a choice. */
export async function writeCoefficients(
  evidence: SearchEvidence,
  file: string,
  version: string,
): Promise<string | null> {
  const record = coefficientsExport(evidence, version);
  if (!record) return null;
  await checkWritable(file);
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeAtomically(file, (handle) => handle.writeFile(`${JSON.stringify(record, null, 2)}\n`));
  return file;
}
