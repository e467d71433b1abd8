import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

function packageFile(folder: string) {
  return JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
}

it('tests under later versions of Node have the SQLite that npm installs there', () => {
  const { dependencies } = packageFile('test/node-versions');
  expect(dependencies['better-sqlite3-13']).toMatch(/^npm:better-sqlite3@13\.\d+\.\d+$/);
  expect(dependencies['better-sqlite3-13']).toBe(packageFile('.').optionalDependencies['better-sqlite3-13']);
});
