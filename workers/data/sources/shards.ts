import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileSplits } from '../../../search/plan/dataset.js';
import type { Split } from '../dataset.js';
import { readSplits, splitOfName } from './folder/split-names.js';

/** One of the files that a dataset is cut into. */
export interface Shard {
  /** Below the dataset's path, with `/`; empty where the path is the only shard. */
  readonly name: string;
  readonly file: string;
  /** Changes when the content may have changed. */
  readonly stamp: string;
}

/** The shards at a path, sorted by name: the file itself, or those in the folder and in its folders. Empty where none is. */
export async function shardsOf(place: string, extension: string): Promise<Shard[]> {
  const found = await stat(place).catch(() => null);
  if (!found) return [];
  const isShard = (name: string) => name.toLowerCase().endsWith(extension) && !path.basename(name).startsWith('.');
  if (!found.isDirectory()) return isShard(place) ? [{ name: '', file: place, stamp: stampOf(found) }] : [];
  const shards: Shard[] = [];
  const add = async (name: string) => {
    const file = path.join(place, name);
    shards.push({ name, file, stamp: stampOf(await stat(file)) });
  };
  for (const entry of await readdir(place, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    if (!entry.isDirectory()) {
      if (isShard(entry.name)) await add(entry.name);
      continue;
    }
    for (const name of await readdir(path.join(place, entry.name)))
      if (isShard(name)) await add(`${entry.name}/${name}`);
  }
  return shards.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function stampOf({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string {
  return `${size} ${mtimeMs}`;
}

/** The splits that shards are called after, such as `imagenet-train-000017.tar` and `val/0.tar`; null for all where no name says one. */
export function splitsOfShards(
  shards: readonly Shard[],
  { path: place, splits }: { readonly path: string; readonly splits?: FileSplits | undefined },
): { splitOf(shard: Shard): Split | null; readonly notes: readonly string[] } {
  const groups = shards.map(groupOf);
  const areSplits = groups.some((group) => splitOfName(group));
  if (splits === 'none' || (!splits && !areSplits)) return { splitOf: () => null, notes: [] };
  const { splitOf, notes } = readSplits(groups, splits, `the shards of ${place}`);
  return { splitOf: (shard) => splitOf(groupOf(shard)), notes };
}

/** What the name of a shard has in common with its neighbours: its folder where that is a split, otherwise its name without numbers. */
function groupOf({ name }: Shard): string {
  const [folder, file] = name.includes('/') ? (name.split('/') as [string, string]) : ['', name];
  if (splitOfName(folder)) return folder;
  return file.replace(/\.\w+$/, '').replace(/([-_.]?(\d+|of))+$/, '');
}
