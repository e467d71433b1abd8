import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../../search/base/random.js';
import { datasetSchema } from '../../../../search/plan/dataset.js';
import { decodeImages } from '../../../../workers/data/pixels.js';
import { type Form, forms } from '../../../../workers/data/sources/shapes/forms.js';
import { drawingVersion, openShapes, shapeClasses } from '../../../../workers/data/sources/shapes/index.js';
import { type Texture, textures } from '../../../../workers/data/sources/shapes/textures.js';
import { accuracyOf, channelStatistics, coarsePixels, filterResponses } from './linear-probe.js';

const px = 64;
const spec = (fields: Record<string, number> = {}) =>
  datasetSchema.parse({ source: 'shapes', train: 1200, validation: 600, test: 12, ...fields }) as Parameters<
    typeof openShapes
  >[0];

async function draw(split: 'train' | 'validation' | 'test', resolutionPx: number, fields: Record<string, number> = {}) {
  const source = await openShapes(spec(fields));
  const images = source.images.filter((image) => image.split === split);
  const pixels = await decodeImages(source, images, resolutionPx);
  return { pixels, labels: images.map(({ className }) => shapeClasses.indexOf(className)) };
}

describe('shapes', () => {
  it('are the same bytes on every machine: this hash and the drawing version change together', async () => {
    const { pixels } = await draw('test', px, { test: 24 });
    expect({ drawingVersion, sha256: createHash('sha256').update(pixels).digest('hex') }).toMatchInlineSnapshot(`
      {
        "drawingVersion": 2,
        "sha256": "7d6448c1e8f441ef5d5b58e9f9ae7d6c4678891d38cbfb3c480a4b378995f8aa",
      }
    `);
  });

  it('do not depend on which images are drawn with them', async () => {
    const source = await openShapes(spec());
    const some = source.images.slice(40, 43);
    const together = await decodeImages(source, some, 32);
    const alone = await decodeImages(source, some.slice(1, 2), 32);
    expect([...alone]).toEqual([...together.subarray(32 * 32 * 3, 2 * 32 * 32 * 3)]);
  });

  it('differ with the seed and between splits', async () => {
    const source = await openShapes(spec());
    const other = await openShapes(spec({ seed: 2 }));
    const contents = [...source.images, ...other.images].map(({ content }) => content);
    expect(new Set(contents).size).toBe(contents.length);
  });

  it('have every class equally often, to within one', async () => {
    expect(shapeClasses.length).toBeGreaterThanOrEqual(12);
    const { images } = await openShapes(spec({ train: 1000 }));
    const counts = shapeClasses.map((c) => images.filter((i) => i.split === 'train' && i.className === c).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  it('refuse a split too small for every class, naming it', async () => {
    await expect(openShapes(spec({ validation: 11 }))).rejects.toThrow(
      'data.validation: expected at least 12 images, one of each class, got 11',
    );
  });

  it.each(Object.keys(forms) as (keyof typeof forms)[])('cover area 1 to 1 %% as a %s', (name) => {
    const form: Form = forms[name];
    const step = 1 / 200;
    let area = 0;
    for (let y = -1; y < 1; y += step) for (let x = -1; x < 1; x += step) area += form(x, y) ? step * step : 0;
    expect(Math.abs(area - 1)).toBeLessThan(0.01);
  });

  it.each(Object.keys(textures) as (keyof typeof textures)[])('ink half of the ground to 1 %% where %s', (name) => {
    const texture: Texture = textures[name];
    const random = new Random(1);
    let inked = 0;
    for (let i = 0; i < 100_000; i++) if (texture(1000 * random.uniform(), 1000 * random.uniform())) inked++;
    expect(Math.abs(inked / 100_000 - 0.5)).toBeLessThan(0.01);
  });
});

describe.each([64, 32])('a linear classifier of the 12 classes at %i px, where chance is 1 in 12,', (resolutionPx) => {
  let train: Awaited<ReturnType<typeof draw>>;
  let validation: typeof train;
  beforeAll(async () => {
    train = await draw('train', resolutionPx);
    validation = await draw('validation', resolutionPx);
  });
  const accuracy = (featuresOf: (pixels: Uint8Array, side: number) => number[][]) =>
    accuracyOf(
      { features: featuresOf(train.pixels, resolutionPx), labels: train.labels },
      { features: featuresOf(validation.pixels, resolutionPx), labels: validation.labels },
      shapeClasses.length,
    );

  it('stays below 16 % on the means, variances and histograms of the channels', () => {
    expect(accuracy(channelStatistics)).toBeLessThan(0.16);
  });

  it('stays below 15 % on single pixels', () => {
    expect(accuracy(coarsePixels)).toBeLessThan(0.15);
  });

  it('gets above 25 % on the responses of 16 random 3×3 filters: what tells the classes lies between pixels', () => {
    expect(accuracy(filterResponses)).toBeGreaterThan(0.25);
  });
});
