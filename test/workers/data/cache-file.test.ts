import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheFile } from '../../../workers/data/cache-file.js';

let folder: string;
let file: CacheFile;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'triscale-cache-'));
  file = new CacheFile(path.join(folder, 'pixels', 'one'));
});
afterEach(() => rm(folder, { recursive: true }));

const content = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251);

describe('a cache file', () => {
  it('is absent at first, then holds what was written, then is gone', async () => {
    expect(await file.read()).toBeNull();
    await file.write(content);
    expect(Uint8Array.from((await file.read()) as Uint8Array)).toEqual(content);
    await file.remove();
    expect(await file.read()).toBeNull();
  });

  it('holds nothing, if that is what was written', async () => {
    await file.write(new Uint8Array(0));
    expect((await file.read())?.length).toBe(0);
  });

  it.each([0, 20, 47, 48, 5000, 10_047])('reads as absent when it is cut to %i bytes', async (bytes) => {
    await file.write(content);
    await truncate(file.path, bytes);
    expect(await file.read()).toBeNull();
  });

  it.each([0, 10, 30, 48, 6000, 10_047])('reads as absent when byte %i is another', async (at) => {
    await file.write(content);
    const bytes = await readFile(file.path);
    bytes[at] = (bytes[at] as number) ^ 1;
    await writeFile(file.path, bytes);
    expect(await file.read()).toBeNull();
  });

  it('reads as absent when something follows its content', async () => {
    await file.write(content);
    await writeFile(file.path, Buffer.concat([await readFile(file.path), Buffer.from('!')]));
    expect(await file.read()).toBeNull();
  });

  it('is one of two contents, whole, however many write at once, and leaves nothing beside it', async () => {
    const other = content.map((value) => 255 - value);
    const readings: (Uint8Array | null)[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        await file.write(i % 2 ? content : other);
        readings.push(await file.read());
      }),
    );
    for (const reading of readings) {
      expect([content, other]).toContainEqual(Uint8Array.from(reading as Uint8Array));
    }
    expect(await readdir(path.dirname(file.path))).toEqual(['one']);
  });

  it('clears away what a killed process left an hour ago, not what another is writing now', async () => {
    await file.write(content);
    const old = `${file.path}.old.tmp`;
    const fresh = `${file.path}.fresh.tmp`;
    await writeFile(old, 'x');
    await writeFile(fresh, 'x');
    await utimes(old, new Date(0), new Date(0));
    await file.write(content);
    expect((await readdir(path.dirname(file.path))).sort()).toEqual(['one', 'one.fresh.tmp']);
  });

  it('warns, naming the file and the reason, when it cannot be kept', async () => {
    await writeFile(path.join(folder, 'pixels'), 'a file where the folder should be');
    const warnings: string[] = [];
    await file.keep(content, (sentence) => warnings.push(sentence));
    expect(warnings).toEqual([`${file.path}: what was read is not kept, since this file cannot be written (EEXIST)`]);
  });
});
