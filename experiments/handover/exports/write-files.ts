import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../../workers/atomic-file.js';

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
