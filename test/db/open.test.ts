import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { explained, openToWrite } from '../../db/file/database.js';
import { networkFileSystem } from '../../db/file/file-system.js';
import { openSqlite, SqliteError } from '../../db/file/open-sqlite.js';
import { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { controlAddress } from '../../experiments/control/socket.js';
import { InputError } from '../../search/base/errors.js';
import { scratchFolder } from '../support/scratch.js';
import { smallPlan } from '../support/small-plan.js';

const folder = scratchFolder('store-open');
const built = path.resolve(import.meta.dirname, '../../dist/db/store.js');
let files = 0;
const newFile = () => path.join(folder, `${files++}.sqlite`);

function fault(work: () => { close(): void }): InputError {
  try {
    work().close();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('expected an InputError');
}

/** What a process prints first, or `nothing`. */
async function firstWord(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  const silent = once(child, 'close').then(() => ['nothing']);
  const [text] = await Promise.race([once(child.stdout, 'data'), silent]);
  return String(text).trim();
}

function storeWith(plan = smallPlan()): string {
  const file = newFile();
  const store = Store.open(file);
  store.addSearch(plan, null, 1);
  store.close();
  return file;
}

describe('what is no store', () => {
  it('a text file: refused, and not a byte of it changes', () => {
    const file = newFile();
    writeFileSync(file, 'these are my notes, not a database\n'.repeat(100));
    const before = readFileSync(file);
    for (const open of [() => Store.open(file), () => StoreReader.open(file)]) {
      const error = fault(open);
      expect(error.code).toBe('bad-store');
      expect(error.message).toBe(`store ${JSON.stringify(file)} is not a database`);
    }
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.startsWith(path.basename(file)))).toEqual([path.basename(file)]);
  });

  it("another program's database: refused, and nothing is written to it", () => {
    const file = newFile();
    const other = openSqlite(file);
    other.exec('CREATE TABLE photos (id INTEGER)');
    other.close();
    const before = readFileSync(file);
    expect(fault(() => Store.open(file)).message).toMatch(/is a database of another program$/);
    expect(fault(() => StoreReader.open(file)).code).toBe('bad-store');
    expect(readFileSync(file)).toEqual(before);
  });

  it('a folder', () => {
    const file = newFile();
    mkdirSync(file);
    expect(fault(() => Store.open(file))).toMatchObject({
      code: 'bad-store',
      message: `store ${JSON.stringify(file)} is a folder`,
    });
    expect(fault(() => StoreReader.open(file)).message).toMatch(/ is a folder$/);
  });

  it('a path that names no file: `:memory:`, nothing, or spaces that would be cut off', () => {
    for (const name of [':memory:', '', ' ', `${newFile()} `]) {
      for (const open of [() => Store.open(name), () => StoreReader.open(name)])
        expect(fault(open)).toMatchObject({
          code: 'bad-value',
          message: `store: expected the path of a file, got ${JSON.stringify(name)}`,
        });
    }
  });

  it('a path below a file, a device, a link to itself', () => {
    const file = newFile();
    writeFileSync(file, '');
    const below = path.join(file, 'x.sqlite');
    const loop = newFile();
    symlinkSync(loop, loop);
    const paths = {
      [below]: 'is inside a file, which is not a folder',
      '/dev/null': 'is not a regular file',
      [loop]: 'leads back to itself',
    };
    for (const [name, reason] of Object.entries(paths)) {
      for (const open of [() => Store.open(name), () => StoreReader.open(name)])
        expect(fault(open)).toMatchObject({ code: 'bad-store', message: expect.stringContaining(reason) });
    }
    expect(fault(() => Store.open(path.join(below, 'deeper', 'x.sqlite'))).code).toBe('bad-store');
  });

  it('a store whose lock is a folder', () => {
    const file = storeWith();
    rmSync(`${file}.lock`);
    mkdirSync(`${file}.lock`);
    expect(fault(() => Store.open(file))).toMatchObject({
      code: 'bad-store',
      message: `lock file ${JSON.stringify(`${file}.lock`)} cannot be opened`,
    });
    const reader = StoreReader.open(file);
    expect(() => reader.isBeingWritten()).toThrow(InputError);
    reader.close();
  });

  it('a file that does not exist, to read from; nothing appears there', () => {
    const file = newFile();
    expect(fault(() => StoreReader.open(file)).code).toBe('missing-file');
    expect(existsSync(file)).toBe(false);
  });

  it('an empty file, to read from', () => {
    const file = newFile();
    writeFileSync(file, '');
    expect(fault(() => StoreReader.open(file)).message).toContain('is empty');
  });

  it('a store of a newer schema: refused with both versions, and left as it is', () => {
    const file = storeWith();
    const newer = openSqlite(file);
    newer.pragma('user_version = 99');
    newer.close();
    for (const open of [() => Store.open(file), () => StoreReader.open(file)]) {
      expect(fault(open)).toMatchObject({
        code: 'bad-store',
        message: expect.stringMatching(/has schema 99, written by a newer triscale; this one reads up to schema \d+$/),
      });
    }
    const after = openSqlite(file, { readonly: true });
    expect(after.pragma('user_version', { simple: true })).toBe(99);
    after.close();
  });

  it('a network file system, by its type', () => {
    expect(networkFileSystem(0x6969)).toBe('NFS');
    expect(networkFileSystem(-11317950)).toBe('CIFS');
    expect(networkFileSystem(0xff534d42)).toBe('CIFS');
    expect(networkFileSystem(0xef53)).toBeNull();
  });
});

describe('a damaged store', () => {
  it('cut short: refused when it is opened', () => {
    const file = storeWith(smallPlan({ depths: 10, resolutions: 4 }));
    truncateSync(file, 3 * 4096);
    expect(fault(() => Store.open(file))).toMatchObject({
      code: 'bad-store',
      message: expect.stringContaining('restore a copy'),
    });
  });

  it('with pages overwritten: refused when it is opened, and again the next time', () => {
    const file = storeWith(smallPlan({ depths: 10, resolutions: 4 }));
    const bytes = readFileSync(file);
    expect(bytes.length).toBeGreaterThan(8 * 4096);
    writeFileSync(file, bytes.fill(0xa5, 4096));
    expect(fault(() => Store.open(file)).code).toBe('bad-store');
    expect(fault(() => Store.open(file)).code).toBe('bad-store');
  });
});

it('a disk that is full is told as such, and what was written before stays', () => {
  const file = newFile();
  const db = openToWrite(file);
  db.exec('CREATE TABLE t (x TEXT)');
  db.pragma('max_page_count = 10');
  const insert = () => explained(file, () => void db.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(1e5)));
  expect(insert).toThrow(/has no room left on its disk; everything recorded is kept/);
  expect(insert).toThrow(InputError);
  expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
  expect(() => explained(file, () => db.exec('not SQL'))).toThrow(SqliteError);
  db.close();
});

describe('one coordinator at a time', () => {
  it('a second store on the same file is refused, the first works on, and the file is free once it is closed', () => {
    const file = newFile();
    const first = Store.open(file);
    expect(fault(() => Store.open(file))).toMatchObject({ code: 'store-busy' });
    expect(first.addSearch(smallPlan(), null, 1).isNew).toBe(true);
    const reader = StoreReader.open(file);
    expect(reader.isBeingWritten()).toBe(true);
    first.close();
    expect(reader.isBeingWritten()).toBe(false);
    const second = Store.open(file);
    expect(second.read.searches()).toHaveLength(1);
    second.close();
    reader.close();
  });

  it('a symbolic link to the file or to its folder is the same store, also before the file exists', () => {
    const file = newFile();
    const link = newFile();
    symlinkSync(file, link);
    const linkedFolder = newFile();
    symlinkSync(folder, linkedFolder);
    const spellings = [file, link, path.join(linkedFolder, path.basename(file)), path.relative('.', file)];
    for (const spelling of spellings) {
      const store = Store.open(spelling);
      expect(store.file).toBe(file);
      expect(fault(() => Store.open(spelling === file ? link : file)).code).toBe('store-busy');
      for (const other of spellings) {
        const reader = StoreReader.open(other);
        expect(reader.isBeingWritten()).toBe(true);
        reader.close();
        expect(controlAddress(other)).toBe(controlAddress(file));
      }
      store.close();
    }
    expect(existsSync(`${link}.lock`)).toBe(false);
  });

  it('a file with a second name (hard link) is refused by either', () => {
    const file = storeWith();
    const second = newFile();
    linkSync(file, second);
    for (const name of [file, second]) {
      for (const open of [() => Store.open(name), () => StoreReader.open(name)])
        expect(fault(open)).toMatchObject({ code: 'bad-store', message: expect.stringContaining('has 2 names') });
    }
    unlinkSync(second);
    Store.open(file).close();
  });

  it('twenty that start at once: one gets it', async () => {
    const file = storeWith();
    const program = `
      import { Store } from ${JSON.stringify(pathToFileURL(built).href)};
      try { globalThis.store = Store.open(process.argv[1]); console.log('held'); setInterval(() => {}, 1000); } catch (error) { console.log(error.code); }`;
    const coordinators = Array.from({ length: 20 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    });
    const said = await Promise.all(coordinators.map(firstWord));
    expect(said.toSorted()).toEqual(['held', ...new Array(19).fill('store-busy')]);
    expect(fault(() => Store.open(file)).code).toBe('store-busy');
    const holder = coordinators[said.indexOf('held')]!;
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const store = Store.open(file);
    expect(store.read.searches()).toHaveLength(1);
    store.close();
  });
});

it('a store is durable, readable beside its writer, and one file once it is closed', () => {
  const file = path.join(folder, 'new', 'folders', 'a.sqlite');
  const store = Store.open(file);
  const peek = openSqlite(file, { readonly: true });
  expect(peek.pragma('journal_mode', { simple: true })).toBe('wal');
  peek.close();
  store.addSearch(smallPlan(), null, 1);
  const reader = StoreReader.open(file);
  const version = reader.dataVersion();
  expect(reader.searches()).toHaveLength(1);
  store.addSearch(smallPlan({ seed: 2 }), null, 2);
  expect(reader.dataVersion()).not.toBe(version);
  expect(reader.searches()).toHaveLength(2);
  reader.close();
  store.close();
  expect(readdirSync(path.dirname(file)).sort()).toEqual(['a.sqlite', 'a.sqlite.lock']);
  const later = StoreReader.open(file);
  expect(later.searches()).toHaveLength(2);
  later.close();
  expect(readdirSync(path.dirname(file)).sort()).toEqual(['a.sqlite', 'a.sqlite.lock']);
});

it('a reader that was there before the writer sees what it writes, and what the next one writes', () => {
  const file = storeWith();
  const reader = StoreReader.open(file);
  for (const seed of [2, 3]) {
    const version = reader.dataVersion();
    const store = Store.open(file);
    store.addSearch(smallPlan({ seed }), null, seed);
    expect(reader.searches()).toHaveLength(seed);
    expect(reader.dataVersion()).not.toBe(version);
    store.close();
    expect(reader.searches()).toHaveLength(seed);
  }
  reader.close();
});

it('a disk that fails is told as such', () => {
  const failing = (code: string) => () =>
    explained('a.sqlite', () => {
      throw new SqliteError('disk I/O error', code);
    });
  for (const code of ['SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_WRITE']) {
    expect(failing(code)).toThrow(InputError);
    expect(failing(code)).toThrow(`"a.sqlite" cannot be read or written (${code}): its disk is full or faulty`);
  }
});
