import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { Random } from '../../search/base/random.js';

export interface ImageFolderOptions {
  readonly classes: readonly string[];
  /** Images of each class. */
  readonly each: number;
  readonly sidePx: number;
}

/** Writes `CLASS/0.png …` of noise, no two alike, into a new folder. */
export async function imageFolder(root: string, { classes, each, sidePx }: ImageFolderOptions): Promise<void> {
  const random = new Random(1);
  for (const name of classes) {
    await mkdir(path.join(root, name), { recursive: true });
    for (let i = 0; i < each; i++) {
      const pixels = Uint8Array.from({ length: sidePx * sidePx * 3 }, () => random.below(256));
      await sharp(pixels, { raw: { width: sidePx, height: sidePx, channels: 3 } }).toFile(
        path.join(root, name, `${i}.png`),
      );
    }
  }
}
