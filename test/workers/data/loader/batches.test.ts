import { describe, expect, it } from 'vitest';
import type { ImageSet } from '../../../../workers/data/dataset.js';
import {
  type Batch,
  evaluationBatches,
  stepsPerEpoch,
  type TrainingOrder,
  trainingBatches,
} from '../../../../workers/data/loader/batches.js';
import { Normaliser } from '../../../../workers/engine/tfjs/session/images.js';

const side = 4;
const bytes = side * side * 3;

/** Images whose every byte says which image, row, column and channel it is of, modulo 256. */
function images(count: number): ImageSet {
  const pixels = Uint8Array.from({ length: count * bytes }, (_, i) => (i * 7 + Math.floor(i / bytes)) % 256);
  return { shape: [side, side, 3], count, pixels, labels: Uint8Array.from({ length: count }, (_, i) => i) };
}

const normalisation = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.5] } as const;
const order: TrainingOrder = { batch: 4, seed: 1, epoch: 1, flip: false, cropPadding: 0 };

const normalised = (set: ImageSet, image: number, y: number, x: number, c: number) =>
  Math.fround(
    ((set.pixels[image * bytes + (y * side + x) * 3 + c] as number) / 255 - (normalisation.mean[c] as number)) /
      (normalisation.std[c] as number),
  );

async function labelsOf(set: ImageSet, options: TrainingOrder): Promise<number[]> {
  return (await epoch(set, options)).labels;
}

/** Images of each batch. */
async function sizes(batches: AsyncIterable<Batch>): Promise<number[]> {
  const counts: number[] = [];
  for await (const { count } of batches) counts.push(count);
  return counts;
}

/** The labels of every batch, copied before the buffers are used again. */
async function epoch(set: ImageSet, options: TrainingOrder): Promise<{ labels: number[]; pixels: number[][] }> {
  const labels: number[] = [];
  const pixels: number[][] = [];
  const normaliser = new Normaliser(normalisation);
  for await (const batch of trainingBatches(set, options)) {
    const images = normaliser.normalise(batch);
    for (let i = 0; i < batch.count; i++) {
      labels.push(batch.labels[i] as number);
      pixels.push([...images.pixels.subarray(i * bytes, (i + 1) * bytes)]);
    }
  }
  return { labels, pixels };
}

describe('training batches', () => {
  it('are whole, without what is left over, but at least one', async () => {
    expect(stepsPerEpoch(11, 4)).toBe(2);
    expect(stepsPerEpoch(3, 4)).toBe(1);
    expect(await sizes(trainingBatches(images(11), order))).toEqual([4, 4]);
    expect(await sizes(trainingBatches(images(3), order))).toEqual([3]);
  });

  it('hold every image at most once, in an order of the seed and the epoch alone', async () => {
    const set = images(12);
    const first = (await epoch(set, order)).labels;
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect((await epoch(set, order)).labels).toEqual(first);
    expect((await epoch(set, { ...order, epoch: 2 })).labels).not.toEqual(first);
    expect((await epoch(set, { ...order, seed: 2 })).labels).not.toEqual(first);
  });

  it('hold (byte / 255 − mean) / std when nothing is varied', async () => {
    const set = images(8);
    const { labels, pixels } = await epoch(set, order);
    labels.forEach((image, i) => {
      for (let y = 0; y < side; y++)
        for (let x = 0; x < side; x++)
          for (let c = 0; c < 3; c++) expect(pixels[i]?.[(y * side + x) * 3 + c]).toBe(normalised(set, image, y, x, c));
    });
  });

  it('mirror about half of the images, and only when asked to', async () => {
    const set = images(200);
    const { labels, pixels } = await epoch(set, { ...order, flip: true });
    let mirrored = 0;
    labels.forEach((image, i) => {
      const asItIs =
        pixels[i]?.[0] === normalised(set, image, 0, 0, 0) && pixels[i]?.[3] === normalised(set, image, 0, 1, 0);
      const turned =
        pixels[i]?.[0] === normalised(set, image, 0, side - 1, 0) &&
        pixels[i]?.[3] === normalised(set, image, 0, side - 2, 0);
      expect(asItIs || turned).toBe(true);
      if (turned) mirrored++;
    });
    expect(mirrored).toBeGreaterThan(60);
    expect(mirrored).toBeLessThan(140);
  });

  it('crop at every offset within the padding, with the mean colour beyond the edge', async () => {
    const set = images(400);
    const { labels, pixels } = await epoch(set, { ...order, cropPadding: 0.25 });
    const seen = new Set<string>();
    labels.forEach((image, i) => {
      for (const top of [-1, 0, 1]) {
        for (const left of [-1, 0, 1]) {
          const matches = Array.from({ length: side * side }, (_, p) => {
            const [y, x] = [Math.floor(p / side) + top, (p % side) + left];
            const inside = y >= 0 && x >= 0 && y < side && x < side;
            return pixels[i]?.[p * 3] === (inside ? normalised(set, image, y, x, 0) : 0);
          });
          if (matches.every(Boolean)) seen.add(`${top} ${left}`);
        }
      }
    });
    expect(seen.size).toBe(9);
  });

  it('keep their order when a variation is switched on', async () => {
    const set = images(40);
    expect(await labelsOf(set, { ...order, flip: true, cropPadding: 0.25 })).toEqual(await labelsOf(set, order));
  });
});

describe('evaluation batches', () => {
  it('hold every image once, in order and unchanged, also the rest', async () => {
    const set = images(10);
    const labels: number[] = [];
    const normaliser = new Normaliser(normalisation);
    for await (const batch of evaluationBatches(set, 4)) {
      const { pixels } = normaliser.normalise(batch);
      for (let i = 0; i < batch.count; i++) {
        expect(pixels[i * bytes]).toBe(normalised(set, labels.length, 0, 0, 0));
        labels.push(batch.labels[i] as number);
      }
    }
    expect(labels).toEqual(Array.from({ length: 10 }, (_, i) => i));
  });
});
