import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { triscale } from '../../support/command-line.js';
import { scratchFolder } from '../../support/scratch.js';
import { imageTree } from '../../support/small-images.js';

const scratch = scratchFolder('data-command');
const photos = path.join(scratch, 'photos');
const env = { XDG_CACHE_HOME: path.join(scratch, 'cache') };

beforeAll(() => {
  imageTree(photos, { 'Training/cat': 20, 'Training/dog': 10, 'Valid/cat': 4, 'Valid/dog': 4, Testing: 6 });
  writeFileSync(path.join(photos, 'Training/cat/again.ppm'), readFileSync(path.join(photos, 'Valid/cat/0.ppm')));
  writeFileSync(path.join(photos, 'Training/dog/.DS_Store'), 'x');
  writeFileSync(path.join(photos, 'Training/dog/cut.ppm'), 'P6 9 9 255\n');
});

describe('triscale data', () => {
  it('shows as JSON the splits, classes, sizes, formats, duplicates, and what is passed over', async () => {
    const { out, code } = await triscale(['data', photos, '--json'], { env });
    expect(code).toBe(0);
    const found = JSON.parse(out);
    expect(found).toMatchObject({
      source: 'folder',
      images: 39,
      classes: ['cat', 'dog'],
      splits: { validation: { cat: 4, dog: 4 } },
      formats: { PNM: 39 },
      sizes: { smallest: [4, 4], median: [4, 4], largest: [4, 4] },
      duplicates: { acrossSplits: 1, acrossClasses: 0, copies: 1 },
    });
    const { train, test } = found.splits;
    expect([train.cat + test.cat, train.dog + test.dog]).toEqual([21, 10]);
    expect(found.passedOver).toEqual([
      {
        why: 'that cannot be used: a pixmap that is cut off',
        count: 1,
        example: path.join(photos, 'Training/dog/cut.ppm'),
      },
      { why: 'without a class', count: 6, example: path.join(photos, 'Testing') },
      { why: 'hidden', count: 1, example: path.join(photos, 'Training/dog/.DS_Store') },
    ]);
    expect(found.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says the same to people, and writes a contact sheet as a page and as a picture', async () => {
    const page = path.join(scratch, 'sheets/samples.html');
    const { out, code } = await triscale(['data', photos, '--out', page, '--samples', '3'], { env });
    expect(code).toBe(0);
    expect(out).toContain('39 images of 2 classes');
    expect(out).toContain('Testing/ holds 6 images without a class and is not used');
    expect(out).toContain('Passed over  6 files without a class');
    const html = readFileSync(page, 'utf8');
    expect(html.match(/<h2>(cat|dog)<\/h2>/g)).toEqual(['<h2>cat</h2>', '<h2>dog</h2>']);
    expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(6);
    const picture = path.join(scratch, 'sheets/samples.png');
    expect((await triscale(['data', photos, '--out', picture], { env })).code).toBe(0);
    const { width, height } = await sharp(picture).metadata();
    expect([width, height]).toEqual([8 * 100 + 4, 2 * 122]);
  });

  it('takes another reading by flag', async () => {
    const read = async (...flags: string[]) =>
      JSON.parse((await triscale(['data', photos, '--json', ...flags], { env })).out);
    expect((await read('--split', 'none')).classes).toEqual(['Testing', 'Training', 'Valid']);
    expect((await read('--split', 'train=Training+Valid,validation=0.2,test=0')).splits.test).toEqual({
      cat: 0,
      dog: 0,
    });
  });

  it('exits with 2 where the data cannot be read or trained on, and shows what there is', async () => {
    const rare = path.join(scratch, 'rare');
    imageTree(rare, { a: 9, b: 2 });
    const { code, out, err } = await triscale(['data', rare, '--json'], { env });
    expect(code).toBe(2);
    expect(err).toContain('class "b" needs 3 different images');
    expect(JSON.parse(out)).toMatchObject({ images: 11, problem: expect.stringContaining('class "b"') });
    const nowhere = await triscale(['data', path.join(scratch, 'nowhere')], { env });
    expect([nowhere.code, nowhere.out]).toEqual([2, '']);
    const wrong = await triscale(['data', photos, '--split', 'train'], { env });
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--split: expected none, or train=')]);
    const sheet = path.join(scratch, 'sheet.gif');
    expect((await triscale(['data', photos, '--out', sheet], { env })).code).toBe(2);
    expect(existsSync(sheet)).toBe(false);
  });
});
