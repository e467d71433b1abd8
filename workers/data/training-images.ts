import { existsSync } from 'node:fs';
import type { DatasetSpec } from '../../search/plan/dataset.js';
import { cifar10ClassCount } from './sources/cifar10.js';
import { classFolders, countImages } from './sources/folder/listing.js';

/** Images that CIFAR-10 has for training, of all classes. */
const cifar10Images = 50_000;

/**
 * About how many images a dataset has in its training split, without opening it: for a forecast, not for a training. Undefined where the
 * data are not on this machine.
 */
export async function trainingImages(spec: DatasetSpec): Promise<number | undefined> {
  if (spec.source === 'shapes') return spec.train;
  if (!existsSync(spec.path)) return undefined;
  const { validation, limitPerClass = Number.POSITIVE_INFINITY } = spec;
  if (spec.source === 'cifar10')
    return Math.min(Math.round(cifar10Images * (1 - validation)), limitPerClass * cifar10ClassCount);
  const { images, isSplit } = await countImages(spec.path);
  const classes = (await classFolders(spec.path)).length;
  const left = (isSplit ? 1 : 1 - spec.test) * (1 - validation);
  return Math.min(Math.round(images * left), limitPerClass * classes);
}
