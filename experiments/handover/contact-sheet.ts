import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { InputError, show } from '../../search/base/errors.js';
import type { ClassSamples } from '../../workers/data/describe.js';

/** Side of a sample, pixels. */
export const samplePx = 96;

const gapPx = 4;
const labelPx = 22;

/** Writes samples of each class as a page (`.html`) or a picture (`.png`), a row for each class. Throws `bad-value` for another name. */
export async function writeContactSheet(file: string, samples: readonly ClassSamples[]): Promise<void> {
  const form = path.extname(file).toLowerCase();
  if (form !== '.html' && form !== '.png') {
    throw new InputError('bad-value', `--out: expected a file that ends with .html or .png, got ${show(file)}`);
  }
  await mkdir(path.dirname(path.resolve(file)), { recursive: true });
  await writeFile(file, form === '.html' ? await page(samples) : await picture(samples));
}

function toPng(pixels: Uint8Array) {
  return sharp(pixels, { raw: { width: samplePx, height: samplePx, channels: 3 } }).png();
}

async function page(samples: readonly ClassSamples[]): Promise<string> {
  const rows: string[] = [];
  for (const { className, images } of samples) {
    const cells: string[] = [];
    for (const { name, pixels } of images) {
      const data = (await toPng(pixels).toBuffer()).toString('base64');
      cells.push(`<img src="data:image/png;base64,${data}" title="${escaped(name)}" alt="${escaped(name)}">`);
    }
    rows.push(`<h2>${escaped(className)}</h2>\n<p>${cells.join('\n')}</p>`);
  }
  const style = `body { font: 16px system-ui, sans-serif; margin: 2rem } h2 { font-size: 1rem } img { width: ${samplePx}px; margin: 2px }`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Samples of each class</title>
<style>${style}</style>
<h1>Samples of each class</h1>
${rows.join('\n')}
</html>
`;
}

async function picture(samples: readonly ClassSamples[]): Promise<Buffer> {
  const columns = Math.max(1, ...samples.map(({ images }) => images.length));
  const width = columns * (samplePx + gapPx) + gapPx;
  const rowPx = labelPx + samplePx + gapPx;
  const height = Math.max(1, samples.length) * rowPx;
  const layers: { input: Buffer; left: number; top: number }[] = [];
  const labels: string[] = [];
  for (const [row, { className, images }] of samples.entries()) {
    labels.push(
      `<text x="${gapPx}" y="${row * rowPx + labelPx - 6}" font-size="14" font-family="sans-serif">${escaped(className)}</text>`,
    );
    for (const [column, { pixels }] of images.entries()) {
      const input = await toPng(pixels).toBuffer();
      layers.push({ input, left: gapPx + column * (samplePx + gapPx), top: row * rowPx + labelPx });
    }
  }
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${labels.join('')}</svg>`;
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite([{ input: Buffer.from(text), left: 0, top: 0 }, ...layers])
    .png()
    .toBuffer();
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] as string);
}
