import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PicturesView, TrialPage } from '../../dashboard/api.js';
import { renderReport } from '../../dashboard/report.js';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { validationPictures } from '../../experiments/handover/validation-pictures.js';
import { datasetSchema } from '../../search/plan/dataset.js';
import type { Mistake } from '../../search/plan/trial.js';
import { openDataset } from '../../workers/data/open.js';
import { shapeClasses } from '../../workers/data/sources/shapes/index.js';
import { builtPage, launchBrowser, watchedPage } from '../support/browser.js';
import { emptyPage } from '../support/empty-page.js';
import { imageFolder } from '../support/image-folder.js';
import { missing, parts } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { type TrainedStore, trainedStore } from '../support/trained-store.js';

const folder = scratchFolder('dashboard-pictures');
const cacheFolder = path.join(folder, 'cache');
const photos = path.join(folder, 'photos');
const pageFolder = emptyPage(folder);
const animals = ['ant', 'bee', 'cow'];
const kinds = {
  shapes: { classes: shapeClasses, data: { source: 'shapes', train: 48, validation: 60, test: 12 } },
  folder: { classes: animals, data: { source: 'folder', path: photos, validation: 0.5 } },
} as const;
type Kind = keyof typeof kinds;

const storeOf = (kind: Kind): string => path.join(folder, kind, 'store.sqlite');
const trained = {} as Record<Kind, TrainedStore>;
const servers = {} as Record<Kind, DashboardServer>;
beforeAll(async () => {
  await imageFolder(photos, { classes: animals, each: 30, sidePx: 20 });
  for (const kind of ['shapes', 'folder'] as const) {
    const { data, classes } = kinds[kind];
    trained[kind] = await trainedStore({ file: storeOf(kind), data, classes: classes.length, cacheFolder });
    const pictures = validationPictures(cacheFolder);
    servers[kind] = await startServer({
      store: storeOf(kind),
      pageFolder: parts.chromium.present ? builtPage : pageFolder,
      pictures,
    });
  }
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close();
});

const addressOf = (kind: Kind, rest = ''): string =>
  `/api/searches/${trained[kind].searchId}/trials/${trained[kind].trialId}/pictures${rest}`;
const get = (kind: Kind, target: string, headers: Record<string, string> = {}) =>
  fetch(new URL(target, servers[kind].url), { headers });
const viewOf = async (kind: Kind) => (await get(kind, addressOf(kind))).json() as Promise<PicturesView>;
const mistakesOf = (kind: Kind) => trained[kind].outcome.mistakes as readonly Mistake[];

/** Sends exactly this path and these headers, and reads the status. */
function statusOf(kind: Kind, target: string, headers: object = {}, method = 'GET'): Promise<number> {
  const port = Number(new URL(servers[kind].url).port);
  return new Promise((resolve, reject) => {
    const own = { host: `127.0.0.1:${port}`, ...headers };
    http
      .request({ agent: false, host: '127.0.0.1', port, path: target, method, headers: own }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
      .on('error', reject)
      .end();
  });
}

/** RGB bytes of every validation image, as training decodes them. */
async function validationPixels(kind: Kind, sidePx: number): Promise<(image: number) => number[]> {
  const dataset = await openDataset(datasetSchema.parse(kinds[kind].data), { cacheFolder });
  const { pixels } = await dataset.load('validation', sidePx);
  const bytesEach = sidePx * sidePx * 3;
  return (image) => [...pixels.subarray(image * bytesEach, (image + 1) * bytesEach)];
}

describe.each(['shapes', 'folder'] as const)('pictures of mistakes on %s', (kind) => {
  it('are the images of the validation split at the places that the trial lists', async () => {
    const { classes, sidePx, missing } = await viewOf(kind);
    expect(missing).toBeNull();
    expect(classes).toEqual(kinds[kind].classes);
    const expected = await validationPixels(kind, sidePx as number);
    const mistakes = mistakesOf(kind);
    expect(mistakes.length).toBeGreaterThan(10);
    for (const { image } of mistakes) {
      const response = await get(kind, addressOf(kind, `/${image}`));
      expect(response.headers.get('content-type')).toBe('image/png');
      const png = Buffer.from(await response.arrayBuffer());
      const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([sidePx, sidePx]);
      expect([...data]).toEqual(expected(image));
    }
    const page = (await (await get(kind, `/api/searches/1/trials/${trained[kind].trialId}`)).json()) as TrialPage;
    expect(page.mistakes).toEqual(mistakes);
  });

  it('are sent once: asked for again by their hash', async () => {
    const [{ image }] = mistakesOf(kind) as [Mistake];
    const first = await get(kind, addressOf(kind, `/${image}`));
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    const again = await get(kind, addressOf(kind, `/${image}`), {
      'if-none-match': first.headers.get('etag') as string,
    });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });
});

describe('a picture that the store does not list', () => {
  it('is not served, whatever stands in the address', async () => {
    const listed = new Set(mistakesOf('folder').map(({ image }) => image));
    const unlisted = Array.from({ length: 45 }, (_, i) => i).filter((image) => !listed.has(image));
    const places = [
      ...unlisted,
      45,
      999_999_999,
      -1,
      '1e3',
      '0x1',
      '01x',
      '%2e%2e%2f1',
      '../1',
      '..%5c1',
      '%00',
      'NaN',
      '',
    ];
    for (const place of places)
      expect([place, await statusOf('folder', addressOf('folder', `/${place}`))]).toEqual([place, 404]);
    expect(await statusOf('folder', '/api/searches/1/trials/nobody/pictures/1')).toBe(404);
    expect(await statusOf('folder', '/api/searches/1/trials/..%2f..%2fetc%2fpasswd/pictures/1')).toBe(404);
    expect(await statusOf('folder', addressOf('folder').replace('/searches/1/', '/searches/2/'))).toBe(404);
    expect(await statusOf('folder', '/api/searches/1/trials/constructor/pictures')).toBe(404);
  });

  it('nor is one asked for by another site, under another name, by another method or without the token', async () => {
    const [{ image }] = mistakesOf('folder') as [Mistake];
    const address = addressOf('folder', `/${image}`);
    expect(await statusOf('folder', address)).toBe(200);
    expect(await statusOf('folder', address, { origin: 'http://evil.example' })).toBe(403);
    expect(await statusOf('folder', address, { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' })).toBe(403);
    expect(await statusOf('folder', address, { host: 'evil.example' })).toBe(421);
    expect(await statusOf('folder', address, {}, 'POST')).toBe(405);
    const response = await get('folder', address);
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const guarded = await startServer({
      store: storeOf('folder'),
      pageFolder,
      token: 'secret',
      pictures: validationPictures(cacheFolder),
    });
    expect((await fetch(new URL(address, guarded.url))).status).toBe(401);
    const headers = { authorization: 'Bearer secret' };
    expect((await fetch(new URL(address, guarded.url), { headers })).status).toBe(200);
    await guarded.close();
  });
});

/** Changes the photographs while `work` runs. */
async function changed(change: () => void, work: () => Promise<void>): Promise<void> {
  const away = `${photos}.away`;
  cpSync(photos, away, { recursive: true, preserveTimestamps: true });
  try {
    change();
    await work();
  } finally {
    rmSync(photos, { recursive: true, force: true });
    renameSync(away, photos);
  }
}

/** Everything else that may befall the data. */
const misfortunes: readonly (readonly [string, () => void, RegExp])[] = [
  ['gone', () => rmSync(photos, { recursive: true }), /expected a folder|does not exist|ENOENT/],
  [
    'another image in the place of one',
    () => cpSync(path.join(photos, 'ant/1.png'), path.join(photos, 'bee/2.png')),
    /expected the content with digest [0-9a-f]{12} that the trial was trained on, got/,
  ],
  ['one image less', () => rmSync(path.join(photos, 'ant/3.png')), /expected the content with digest/],
  [
    'a damaged image',
    () => writeFileSync(path.join(photos, 'cow/4.png'), 'no picture'),
    /expected the content with digest/,
  ],
];

describe.each(misfortunes)('data that are not what the trial was trained on: %s', (_name, change, reason) => {
  it('are never shown, and the reason is said; once they are back, so are the pictures', async () => {
    const own = await startServer({ store: storeOf('folder'), pageFolder, pictures: validationPictures(cacheFolder) });
    const read = async () => (await (await fetch(new URL(addressOf('folder'), own.url))).json()) as PicturesView;
    const [{ image }] = mistakesOf('folder') as [Mistake];
    const picture = () => fetch(new URL(addressOf('folder', `/${image}`), own.url));
    await changed(change, async () => {
      expect((await read()).missing).toMatch(reason);
      expect(await read()).toMatchObject({ classes: null, sidePx: null });
      expect((await picture()).status).toBe(404);
      const report = { store: storeOf('folder'), searchId: 1, pageFolder, pictures: validationPictures(cacheFolder) };
      expect(await renderReport(report)).toBe(
        await renderReport({ store: storeOf('folder'), searchId: 1, pageFolder }),
      );
    });
    expect((await read()).missing).toBeNull();
    expect((await picture()).status).toBe(200);
    await own.close();
  });
});

it('a server without a way to the data says so', async () => {
  const own = await startServer({ store: storeOf('shapes'), pageFolder });
  const view = (await (await fetch(new URL(addressOf('shapes'), own.url))).json()) as PicturesView;
  expect(view.missing).toBe('this server was started without access to the images');
  await own.close();
});

describe.skipIf(missing(parts.chromium))('pictures of mistakes in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const hashOf = (kind: Kind): string => `#/searches/${trained[kind].searchId}/trials/${trained[kind].trialId}`;
  const close = (page: Page) => page.context().close();
  const pictures = (page: Page) => page.locator('.pictures img');

  async function open(kind: Kind, options = {}) {
    const watched = await watchedPage(browser, servers[kind].url, options);
    await watched.page.goto(`${servers[kind].url}${hashOf(kind)}`);
    await expect.poll(() => pictures(watched.page).count()).toBe(mistakesOf(kind).length);
    const all = "[...document.querySelectorAll('.pictures img')].every(({ complete }) => complete)";
    await expect.poll(() => watched.page.evaluate(all)).toBe(true);
    return watched;
  }

  /** What the browser has of each picture: its words and its RGB bytes. */
  const drawnPictures = (page: Page) =>
    page.evaluate(`[...document.querySelectorAll('.pictures li')].map((item) => {
      const image = item.querySelector('img');
      const canvas = document.createElement('canvas');
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      return { alt: image.alt, text: item.textContent, rgb: [...data].filter((_, i) => i % 4 < 3) };
    })`) as Promise<{ alt: string; text: string; rgb: number[] }[]>;

  it.each(['shapes', 'folder'] as const)('are the right ones with the right words, %s', async (kind) => {
    const { page, complaints } = await open(kind);
    const { classes } = kinds[kind];
    const expected = await validationPixels(kind, (await viewOf(kind)).sidePx as number);
    const drawn = await drawnPictures(page);
    mistakesOf(kind).forEach(({ image, truth, predicted, probability }, i) => {
      expect(drawn[i]!.alt).toBe(`${classes[truth]}, number ${image} of the validation split`);
      expect(drawn[i]!.text).toBe(`${classes[truth]}→ ${classes[predicted]}, ${Math.round(100 * probability)} %`);
      expect(drawn[i]!.rgb).toEqual(expected(image));
    });
    expect(complaints.list).toEqual([]);
    await close(page);
  });

  it('are those of one cell of the matrix, by a press on it or by keyboard from the list of pairs', async () => {
    const { page } = await open('folder');
    const counts = new Map<string, number>();
    for (const { truth, predicted } of mistakesOf('folder')) {
      const key = `${animals[truth]} → ${animals[predicted]}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const [[pair, images]] = [...counts] as [[string, number]];
    const [truth, predicted] = pair.split(' → ');
    const cell = page.locator('.confusion g', { hasText: `${truth} predicted as ${predicted}:` });
    await cell.click();
    await expect.poll(() => pictures(page).count()).toBe(images);
    const choice = page.getByRole('combobox', { name: /^Confusion/ });
    expect(await choice.inputValue()).toBe(`${animals.indexOf(truth!)} ${animals.indexOf(predicted!)}`);
    await cell.click();
    await expect.poll(() => pictures(page).count()).toBe(mistakesOf('folder').length);
    if (counts.size > 1) {
      await choice.focus();
      await page.keyboard.press('ArrowDown');
      await expect.poll(() => pictures(page).count()).toBeLessThan(mistakesOf('folder').length);
    }
    await close(page);
  });

  it.each([
    ['light', 1360],
    ['dark', 390],
  ] as const)('have no violation that axe finds and fit the screen, %s and %d px wide', async (colorScheme, width) => {
    const { page } = await open('folder', { colorScheme, viewport: { width, height: 800 } });
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
      .analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await close(page);
  });

  it('give way to a sentence where the data are gone', async () => {
    const own = await startServer({
      store: storeOf('folder'),
      pageFolder: builtPage,
      pictures: validationPictures(cacheFolder),
    });
    await changed(
      () => rmSync(photos, { recursive: true }),
      async () => {
        const { page } = await watchedPage(browser, own.url);
        await page.goto(`${own.url}${hashOf('folder')}`);
        await page.getByText('The images cannot be shown:').waitFor();
        expect(await pictures(page).count()).toBe(0);
        expect(await page.locator('.pictures li').count()).toBe(mistakesOf('folder').length);
        await close(page);
      },
    );
    await own.close();
  });

  it.each(['shapes', 'folder'] as const)('are in the report of the search, with the network off, %s', async (kind) => {
    const options = {
      store: storeOf(kind),
      searchId: 1,
      pageFolder: builtPage,
      pictures: validationPictures(cacheFolder),
    };
    const html = await renderReport(options);
    expect(await renderReport({ ...options, pictures: validationPictures(cacheFolder) })).toBe(html);
    const file = path.join(folder, `${kind}.html`);
    writeFileSync(file, html);
    const { page, complaints } = await watchedPage(browser, 'file://', { offline: true });
    await page.goto(`${pathToFileURL(file).href}${hashOf(kind)}`);
    await expect.poll(() => pictures(page).count()).toBe(mistakesOf(kind).length);
    const drawn = await drawnPictures(page);
    const expected = await validationPixels(kind, Math.sqrt(drawn[0]!.rgb.length / 3));
    mistakesOf(kind).forEach(({ image }, i) => {
      expect(drawn[i]!.rgb).toEqual(expected(image));
    });
    expect(complaints.list).toEqual([]);
    await close(page);
  });
});
