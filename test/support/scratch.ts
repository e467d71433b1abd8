import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

/** A folder of this test file's own, removed when its tests are over. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `triscale-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
