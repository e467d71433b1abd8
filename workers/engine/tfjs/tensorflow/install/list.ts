import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../../../../search/base/errors.js';
import { buildsFolder, type Form, versions } from '../build.js';
import { folderBytes } from './folder-bytes.js';

/** A build in the cache. */
export interface Installed {
  readonly engine: 'tensorflow';
  readonly form: Form;
  /** Of TensorFlow. */
  readonly version: string;
  /** `ready`: a training step has been seen to work. `unfinished`: installing again goes on. `outdated`: another version of Triscale made it and this one does not load it. */
  readonly state: 'ready' | 'unfinished' | 'outdated';
  /** What it was tried on, such as the CPU's name; null until it is ready. */
  readonly device: string | null;
  readonly folder: string;
  readonly bytes: number;
}

const folderName = /^tensorflow-(cpu|gpu)-(.+)$/;

/** The builds in the cache, by name. */
export async function listInstalled(cache?: string): Promise<Installed[]> {
  const parent = buildsFolder(cache);
  const names = existsSync(parent) ? (await readdir(parent)).sort() : [];
  const found = names.map((name) => ({ name, match: folderName.exec(name) })).filter(({ match }) => match);
  return Promise.all(
    found.map(({ name, match }) => describe(path.join(parent, name), match?.[1] as Form, match?.[2] as string)),
  );
}

/** Removes the builds of one form, or of both, finished or not, and returns what they were; an `InputError` when there is none. */
export async function removeInstalled({ form, cache }: { form?: Form; cache?: string } = {}): Promise<Installed[]> {
  const doomed = (await listInstalled(cache)).filter((build) => form === undefined || build.form === form);
  if (doomed.length === 0)
    throw new InputError('missing-file', `engine tensorflow: expected a build in ${buildsFolder(cache)}, got none`);
  // The record goes first: what is half removed no longer counts as installed.
  for (const { folder } of doomed) {
    await rm(path.join(folder, 'installed.json'), { force: true });
    await rm(folder, { recursive: true, force: true });
  }
  return doomed;
}

async function describe(folder: string, form: Form, version: string): Promise<Installed> {
  const record = await readFile(path.join(folder, 'installed.json'), 'utf8').catch(() => null);
  const device = record === null ? null : (JSON.parse(record) as { device: string }).device;
  const current = version === versions.tensorflow;
  const state = !current ? 'outdated' : record === null ? 'unfinished' : 'ready';
  return { engine: 'tensorflow', form, version, state, device, folder, bytes: await folderBytes(folder) };
}
