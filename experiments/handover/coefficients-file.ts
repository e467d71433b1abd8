import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../workers/atomic-file.js';
import { coefficientsExport } from './coefficients-export.js';
import type { SearchEvidence } from './evidence.js';
import { checkWritable } from './writable.js';

/** Where the coefficients of a search are written unless `--out` says otherwise: beside the store, by the name of the search. */
export function coefficientsFile(store: string, search: string): string {
  const base = store.replace(/\.(sqlite3?|db)$/i, '');
  const name = path.basename(base).split('.')[0] === search ? base : `${base}.${search}`;
  return `${name}.coefficients.json`;
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
