import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');

it('every file and folder that docs/architecture.md names exists', () => {
  const names = page.match(/\b(?:search|workers|db|dashboard|experiments|test)\/[\w./-]*\w/g) ?? [];
  expect(names.length).toBeGreaterThan(50);
  for (const name of names) expect(existsSync(path.join(root, name)), name).toBe(true);
});
