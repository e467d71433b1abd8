import { existsSync } from 'node:fs';
import type { DatasetSpec } from '../../search/plan/dataset.js';
import { cifar10ClassCount } from './sources/cifar10.js';
import { classFolders } from './sources/folder/listing.js';
import { shapeClasses } from './sources/shapes/index.js';

/** Number of classes of a dataset without opening it, so that a plan needs no data; undefined where the data are not on this machine. */
export async function countClasses(spec: DatasetSpec): Promise<number | undefined> {
  if (spec.source === 'cifar10') return cifar10ClassCount;
  if (spec.source === 'shapes') return shapeClasses.length;
  if (!existsSync(spec.path)) return undefined;
  return (await classFolders(spec.path)).length;
}
