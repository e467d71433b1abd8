import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkWritable, checkWritableFolder } from '../../../experiments/handover/files.js';
import { InputError } from '../../../search/base/errors.js';
import { scratchFolder } from '../../support/scratch.js';

const folder = scratchFolder('writable');
const at = (...names: string[]) => path.join(folder, ...names);
/** As a sentence shows them: short enough for none to be cut. */
const quoted = (...names: string[]) => JSON.stringify(at(...names));

writeFileSync(at('file'), '');
mkdirSync(at('here'));
mkdirSync(at('locked'));
chmodSync(at('locked'), 0o555);
/** Whom no folder refuses anything. */
const isRoot = process.getuid?.() === 0;

describe('where a file can be written', () => {
  it.each([['new'], ['file'], ['here/new'], ['new/folders/new']])('%s', async (name) => {
    const before = readdirSync(folder, { recursive: true });
    await expect(checkWritable(at(name))).resolves.toBeUndefined();
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  it.each([
    ['here', () => `--out: expected a file, got the folder ${quoted('here')}`],
    [
      'file/new',
      () => `--out: expected a path inside a folder, got ${quoted('file/new')}; ${quoted('file')} is a file`,
    ],
  ])('not %s', async (name, sentence) => {
    await expect(checkWritable(at(name))).rejects.toThrow(new InputError('bad-value', sentence()));
  });
});

describe('where a folder can be written', () => {
  it.each([['new'], ['here'], ['here/new'], ['new/folders/new']])('%s', async (name) => {
    const before = readdirSync(folder, { recursive: true });
    await expect(checkWritableFolder(at(name))).resolves.toBeUndefined();
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  it.each([
    ['file', () => `--out: expected a folder, got the file ${quoted('file')}`],
    [
      'file/new',
      () => `--out: expected a path inside a folder, got ${quoted('file/new')}; ${quoted('file')} is a file`,
    ],
  ])('not %s', async (name, sentence) => {
    await expect(checkWritableFolder(at(name))).rejects.toThrow(new InputError('bad-value', sentence()));
  });
});

it.skipIf(isRoot)(
  'a folder without the right to write in it is refused in the same words for a file and a folder',
  async () => {
    const refusal = (name: string) =>
      new InputError(
        'bad-value',
        `--out: expected a writable path, got ${quoted(name)}; ${quoted('locked')} cannot be written (EACCES)`,
      );
    await expect(checkWritable(at('locked/new'))).rejects.toThrow(refusal('locked/new'));
    await expect(checkWritableFolder(at('locked/new'))).rejects.toThrow(refusal('locked/new'));
    await expect(checkWritableFolder(at('locked'))).rejects.toThrow(refusal('locked'));
  },
);
