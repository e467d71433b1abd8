import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const depcruise = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const scratch = mkdtempSync(path.join(tmpdir(), 'triscale-structure-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function cruise(cwd: string, folders: string[]) {
  const config = path.join(root, '.dependency-cruiser.cjs');
  const { stdout, status } = spawnSync(
    process.execPath,
    [depcruise, ...folders, '--config', config, '--output-type', 'err'],
    {
      cwd,
      encoding: 'utf8',
    },
  );
  return { stdout, status };
}

it('imports point one way, without cycles, and the science does no I/O', () => {
  const { stdout, status } = cruise(root, ['search', 'workers', 'db', 'dashboard', 'experiments']);
  expect(stdout).toMatch(/no dependency violations found \(\d{2,} modules/);
  expect(status).toBe(0);
});

it('an import the wrong way, I/O in the science and a cycle are all found', () => {
  mkdirSync(path.join(scratch, 'search'));
  mkdirSync(path.join(scratch, 'db'));
  symlinkSync(path.join(root, 'node_modules'), path.join(scratch, 'node_modules'));
  writeFileSync(path.join(scratch, 'tsconfig.json'), '{}');
  writeFileSync(path.join(scratch, 'db/store.ts'), "import { b } from './b.js';\nexport const a = b;\n");
  writeFileSync(path.join(scratch, 'db/b.ts'), "import { a } from './store.js';\nexport const b = a;\n");
  writeFileSync(
    path.join(scratch, 'search/bad.ts'),
    "import { readFileSync } from 'node:fs';\nimport { a } from '../db/store.js';\nexport const c = [readFileSync, a];\n",
  );
  const { stdout, status } = cruise(scratch, ['search', 'db']);
  expect(status).not.toBe(0);
  expect(stdout).toContain('search-imports-only-itself');
  expect(stdout).toContain('search-is-pure');
  expect(stdout).toContain('no-cycle');
});
