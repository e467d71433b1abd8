import { describe, expect, it } from 'vitest';
import { batchesAhead, bufferBytes, dataMemory, decodedBytes } from '../../../search/cost/data.js';

const MiB = 2 ** 20;

describe('the memory that images take in a training', () => {
  it('reads one batch ahead at least, eight at most, and no more than 256 MiB of small ones', () => {
    expect(batchesAhead(10 * MiB)).toBe(8);
    expect(batchesAhead(64 * MiB)).toBe(3);
    expect(batchesAhead(900 * MiB)).toBe(1);
    for (const batch of [1, 10, 30, 64, 128]) expect(bufferBytes(batch * MiB)).toBeLessThanOrEqual(256 * MiB);
  });

  it('is that of all images where they are few', () => {
    const few = { images: 2000, resolutionPx: 32, batch: 32 };
    expect(decodedBytes(few)).toBe(6_144_000);
    expect(dataMemory(few)).toBe(6_144_000 + 2000 * 512);
  });

  it('grows by what names and labels take, and by no pixel, where they are many', () => {
    const many = { images: 100_000, resolutionPx: 224, batch: 64 };
    const more = { ...many, images: 200_000 };
    expect(dataMemory(more) - dataMemory(many)).toBe(100_000 * 512);
    expect(dataMemory(many)).toBeLessThan(256 * MiB + 100_000 * 512);
    expect(decodedBytes(many)).toBe(15_052_800_000);
  });
});
