import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointFolder } from '../../../workers/training/checkpoint.js';
import { readCheckpoint } from '../../../workers/training/checkpoint-file.js';
import { epochMetrics } from '../../support/outcomes.js';

let folder: string;
let checkpoints: CheckpointFolder;
const file = (name: string) => path.join(folder, 'trial', `${name}.checkpoint`);
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'triscale-checkpoint-'));
  checkpoints = new CheckpointFolder(path.join(folder, 'trial'), 'key');
});
afterEach(() => rm(folder, { recursive: true }));

const tensors = [
  { name: 'weights/a', shape: [2, 3] },
  { name: 'velocity/a', shape: [] },
  { name: 'empty', shape: [0] },
];

/** Saves a checkpoint whose numbers tell its epoch. */
function save(epoch: number, into = checkpoints): Promise<void> {
  const epochs = Array.from({ length: epoch }, (_, i) => epochMetrics(i + 1));
  const size = { 'weights/a': 6, 'velocity/a': 1, empty: 0 };
  return into.save({ epoch, epochs, peakBytes: 5, tensors }, async (name) =>
    new Float32Array(size[name as keyof typeof size]).fill(epoch + 0.1),
  );
}

describe('checkpoints', () => {
  it('come back as they were saved, the last one first', async () => {
    expect(await checkpoints.load()).toEqual({ checkpoint: null, notes: [] });
    await save(1);
    await save(2);
    const { checkpoint, notes } = await checkpoints.load();
    expect(notes).toEqual([]);
    expect(checkpoint?.header).toEqual({
      key: 'key',
      epoch: 2,
      epochs: [epochMetrics(1), epochMetrics(2)],
      peakBytes: 5,
      tensors,
    });
    expect(checkpoint?.tensors.get('weights/a')).toEqual(new Float32Array(6).fill(2.1));
    expect(checkpoint?.tensors.get('velocity/a')).toEqual(new Float32Array([2.1]));
    expect(checkpoint?.tensors.get('empty')).toEqual(new Float32Array(0));
  });

  it('are two at most, and no temporary file stays', async () => {
    for (let epoch = 1; epoch <= 4; epoch++) await save(epoch);
    expect((await readdir(path.join(folder, 'trial'))).sort()).toEqual(['last.checkpoint', 'previous.checkpoint']);
    expect((await readCheckpoint(file('previous')))?.header.epoch).toBe(3);
  });

  const damages: [string, () => Promise<void>][] = [
    ['cut short', async () => truncate(file('last'), (await readFile(file('last'))).length - 1)],
    ['empty', () => truncate(file('last'), 0)],
    ['longer than it was', () => writeFile(file('last'), 'x', { flag: 'a' })],
    ['something else', () => writeFile(file('last'), 'x'.repeat(500))],
    ['one bit off in the values', () => flip(-3)],
    ['one bit off in the header', () => flip(60)],
    ['one bit off in the length of the header', () => flip(43)],
    ['one bit off in the checksum', () => flip(20)],
  ];
  for (const [name, damage] of damages) {
    it(`that are ${name} give way to the one before, which says so`, async () => {
      await save(1);
      await save(2);
      await damage();
      const { checkpoint, notes } = await checkpoints.load();
      expect(checkpoint?.header.epoch).toBe(1);
      expect(notes).toHaveLength(1);
      expect(notes[0]).toMatch(/last\.checkpoint is damaged \(.+\) and was removed/);
      // The next save must not put the damaged one in the place of the whole one.
      await save(2);
      await rm(file('last'));
      expect((await checkpoints.load()).checkpoint?.header.epoch).toBe(1);
    });
  }

  it('that are all damaged leave nothing to go on from', async () => {
    await save(1);
    await save(2);
    for (const name of ['last', 'previous']) await truncate(file(name), 100);
    const { checkpoint, notes } = await checkpoints.load();
    expect(checkpoint).toBeNull();
    expect(notes).toHaveLength(2);
  });

  it('that a killed process left unfinished are removed', async () => {
    await save(1);
    await writeFile(path.join(folder, 'trial', 'last.checkpoint.0000.tmp'), 'half');
    expect((await checkpoints.load()).notes).toEqual([]);
    expect(await readdir(path.join(folder, 'trial'))).toEqual(['last.checkpoint']);
  });

  it('of another training are not used', async () => {
    await save(1);
    const { checkpoint, notes } = await new CheckpointFolder(path.join(folder, 'trial'), 'other').load();
    expect(checkpoint).toBeNull();
    expect(notes[0]).toMatch(/belongs to another training/);
  });

  it('stay whole when saving fails half-way', async () => {
    await save(1);
    const failing = checkpoints.save({ epoch: 2, epochs: [], peakBytes: 0, tensors }, async (name) => {
      if (name === 'velocity/a') throw new Error('the engine is gone');
      return new Float32Array(6);
    });
    await expect(failing).rejects.toThrow('the engine is gone');
    expect((await checkpoints.load()).checkpoint?.header.epoch).toBe(1);
    expect(await readdir(path.join(folder, 'trial'))).toEqual(['previous.checkpoint']);
  });
});

/** Flips one bit of the byte at a position, from the end when it is negative. */
async function flip(position: number): Promise<void> {
  const bytes = await readFile(file('last'));
  const at = position < 0 ? bytes.length + position : position;
  bytes[at] = (bytes[at] as number) ^ 4;
  await writeFile(file('last'), bytes);
}
