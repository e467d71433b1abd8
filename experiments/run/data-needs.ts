import { bytes, plural } from '../../search/base/format.js';
import { countedMemory, dataMemory, decodedBytes } from '../../search/cost/data.js';
import type { Plan } from '../../search/plan/plan.js';
import { cacheFolder } from '../../workers/cache-folder.js';
import { sourceOf } from '../../workers/data/sources/index.js';

/** What the images of a plan take. */
export interface DataNeeds {
  /** Of the training split, about. */
  readonly images: number;
  /** In each training, of the largest resolution, beside the network's memory. */
  readonly memoryBytes: number;
  /** The part of it that a slot has to have beside the network's memory. */
  readonly countedBytes: number;
  /** Decoded at every resolution of the plan. */
  readonly decodedBytes: number;
  /** What is still free for decoded images on the disk of the cache. */
  readonly roomBytes: number;
}

/** Null where the data are not on this machine. Counts names and opens no image; `images`: of the training split, where that is known. */
export async function dataNeeds(plan: Plan, images?: number): Promise<DataNeeds | null> {
  const { dataset, recipe, networks } = plan;
  const train = images ?? (await sourceOf(dataset).count(dataset));
  if (train === undefined) return null;
  const splits = [train, validationImages(plan, train)];
  const resolutions = [...new Set(networks.map(({ network }) => network.resolutionPx))];
  const sum = (of: (images: number) => number) => splits.reduce((total, split) => total + of(split), 0);
  const memoryOf = (needs: typeof dataMemory) =>
    resolutions.map((resolutionPx) => sum((split) => needs({ images: split, resolutionPx, batch: recipe.batch })));
  const decoded = resolutions.map((resolutionPx) => sum((split) => decodedBytes({ images: split, resolutionPx })));
  const { cacheRoom } = await import('../../workers/data/loader/cache-room.js');
  return {
    images: train,
    memoryBytes: Math.max(...memoryOf(dataMemory)),
    countedBytes: Math.max(...memoryOf(countedMemory)),
    decodedBytes: decoded.reduce((total, one) => total + one, 0),
    roomBytes: await cacheRoom(cacheFolder()),
  };
}

function validationImages({ dataset }: Plan, train: number): number {
  const { validation } = dataset;
  return validation < 1 ? Math.round((train * validation) / (1 - validation)) : validation;
}

/** Such as "18,000 images: 131 MB in memory of each training, 1.2 GB decoded on the disk". */
export function dataNeedsText({ images, memoryBytes, decodedBytes, roomBytes }: DataNeeds): string {
  const disk =
    decodedBytes <= roomBytes
      ? `${bytes(decodedBytes)} on disk once they are decoded at every resolution`
      : `${bytes(decodedBytes)} once they are decoded at every resolution, of which ${bytes(roomBytes)} fit on disk; the others are decoded again in every epoch`;
  return `${plural(images, 'training image')}: up to ${bytes(memoryBytes)} in the memory of each training; ${disk}`;
}
