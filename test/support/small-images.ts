import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

let drawn = 0;

/** The bytes of a picture of 4 × 4 pixels (a PPM) that no other call gives. */
export function smallImage(): Buffer {
  const pixels = Buffer.alloc(48);
  for (let i = 0; i < 48; i++) pixels[i] = (drawn >> ((i % 4) * 8)) & 255;
  drawn++;
  return Buffer.concat([Buffer.from('P6 4 4 255\n'), pixels]);
}

/** Writes `count` different pictures `0.ppm …` into a folder that it makes, and gives the folder. */
export function smallImages(folder: string | Buffer, count: number): void {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const name = Buffer.from(`/${i}.ppm`);
    writeFileSync(Buffer.concat([Buffer.isBuffer(folder) ? folder : Buffer.from(folder), name]), smallImage());
  }
}

/** Writes pictures into folders below a root, such as `{ 'train/cat': 5 }`. */
export function imageTree(root: string, counts: Readonly<Record<string, number>>): void {
  for (const [folder, count] of Object.entries(counts)) smallImages(path.join(root, folder), count);
}
