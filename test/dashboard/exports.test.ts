import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { Store } from '../../db/store.js';
import { validationPictures } from '../../experiments/handover/validation-pictures.js';
import { shapeClasses } from '../../workers/data/sources/shapes/index.js';
import { builtPage, launchBrowser, watchedPage } from '../support/browser.js';
import { takeAway } from '../support/downloads.js';
import { missing, parts } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { addSimulatedSearch } from '../support/simulated-store.js';
import { type TrainedStore, trainedStore } from '../support/trained-store.js';

const folder = scratchFolder('dashboard-exports');
const file = path.join(folder, 'store.sqlite');
const cacheFolder = path.join(folder, 'cache');

describe.skipIf(missing(parts.chromium))('every panel', () => {
  let browser: Browser;
  let server: DashboardServer;
  let trained: TrainedStore;
  let simulatedId: number;
  beforeAll(async () => {
    const data = { source: 'shapes', train: 48, validation: 60, test: 12 };
    trained = await trainedStore({ file, data, classes: shapeClasses.length, cacheFolder });
    const store = Store.open(file);
    const simulation = { faults: { crash: 0.15, diverge: 0.08, lost: 0.05 }, seedNoise: 0.003 };
    ({ searchId: simulatedId } = addSimulatedSearch(store, { simulation, finish: 44, running: 2 }));
    store.addEvent({ searchId: simulatedId, kind: 'note', trialId: null, detail: 'a note' }, 1);
    store.close();
    server = await startServer({ store: file, pageFolder: builtPage, pictures: validationPictures(cacheFolder) });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function open(hash: string, colorScheme: 'light' | 'dark' = 'light') {
    const watched = await watchedPage(browser, server.url, { colorScheme });
    await watched.page.goto(`${server.url}${hash}`);
    await watched.page.locator('#plan-title, #attempts-title').waitFor();
    return watched;
  }

  const headingsOf = (page: Page) => page.locator('section.panel h2').allInnerTexts();

  /** The words of an SVG file that the browser takes for well-formed, and how many elements of a kind it has. */
  async function readSvg(page: Page, svg: Buffer): Promise<{ words: string; images: number }> {
    const text = svg.toString();
    expect(text.slice(0, 200)).toMatch(/^<svg [^>]*width="\d/);
    expect(/NaN|undefined/.exec(text.replaceAll(/href="data:[^"]*"/g, ''))).toBeNull();
    return (await page.evaluate(
      `(() => {
        const parsed = new DOMParser().parseFromString(${JSON.stringify(text)}, 'image/svg+xml');
        const fault = parsed.querySelector('parsererror');
        if (fault) throw new Error(fault.textContent);
        const words = [...parsed.querySelectorAll('text')].map(({ textContent }) => textContent).join('\\n');
        return { words, images: parsed.querySelectorAll('image').length };
      })()`,
    )) as { words: string; images: number };
  }

  /** Takes every panel away in every form, and looks at the pictures. */
  async function takeAll(page: Page): Promise<Map<string, { words: string; images: number }>> {
    const headings = await headingsOf(page);
    expect(await page.locator('section.panel').count()).toBe(headings.length);
    expect(new Set(headings).size).toBe(headings.length);
    const pictures = new Map<string, { words: string; images: number }>();
    for (const heading of headings) {
      const rows = JSON.parse((await takeAway(page, heading, 'JSON')).toString()) as object[];
      expect(rows.length, heading).toBeGreaterThan(0);
      const csv = (await takeAway(page, heading, 'CSV')).toString().split('\r\n');
      expect(csv[0]?.split(',').length, heading).toBe(Object.keys(rows[0] as object).length);
      expect(csv.length, heading).toBeGreaterThanOrEqual(rows.length + 2);
      const png = await takeAway(page, heading, 'PNG');
      const { channels, ...stats } = await sharp(png).stats();
      expect(stats.isOpaque, heading).toBe(true);
      expect(Math.max(...channels.map(({ stdev }) => stdev)), heading).toBeGreaterThan(2);
      pictures.set(heading, await readSvg(page, await takeAway(page, heading, 'SVG')));
    }
    return pictures;
  }

  it('of a search gives CSV, JSON, PNG and SVG', async () => {
    const { page, complaints } = await open(`#/searches/${simulatedId}?states=completed,failed,running,queued`);
    await page.getByText('The fitted surface peaks at').waitFor();
    await expect.poll(() => page.locator('.tally').count()).toBe(5);
    await expect.poll(() => page.getByRole('group', { name: /^Learning curves/ }).count()).toBe(1);
    await expect.poll(() => page.getByRole('group', { name: /^Scaled family/ }).count()).toBe(1);
    const pictures = await takeAll(page);
    expect([...pictures.keys()]).toEqual([
      'Accuracy against cost',
      'Current choice',
      'Allocation of extra compute',
      'Accuracy by coefficient',
      'Learning curves',
      'Scaled family',
      'Results table',
      'Failed attempts',
      'Recent events',
      'Plan',
    ]);
    // No picture passes for a training that was not.
    for (const [heading, { words }] of pictures) expect(words, heading).toMatch(/^Simulated: /m);
    expect(pictures.get('Accuracy against cost')?.words).toMatch(/chosen\n(.*\n)*depth only/);
    expect(pictures.get('Accuracy by coefficient')?.words).toContain('Mean validation accuracy');
    expect(pictures.get('Learning curves')?.words).toMatch(/chosen\n(.*\n)*rank 10 by mean accuracy/);
    const shown = await page.getByRole('group', { name: 'Networks' }).locator('tbody td').allInnerTexts();
    const words = new Set(pictures.get('Results table')?.words.split('\n'));
    for (const cell of shown) expect(words).toContain(cell.trim().replaceAll(/\s+/g, ' '));
    expect(pictures.get('Allocation of extra compute')?.words).toContain('tied with the best');
    expect(pictures.get('Failed attempts')?.words).toMatch(/By outcome\n\w+\n\d+/);
    expect(complaints.list).toEqual([]);
    await page.context().close();
  }, 120_000);

  it('of a trial likewise, with the words and the images of its drawings', async () => {
    const { searchId, trialId, outcome } = trained;
    const { page, complaints } = await open(`#/searches/${searchId}/trials/${trialId}`, 'dark');
    await expect.poll(() => page.locator('.pictures img').count()).toBe(outcome.mistakes?.length);
    await expect.poll(() => page.evaluate('[...document.images].every(({ complete }) => complete)')).toBe(true);
    const pictures = await takeAll(page);
    expect([...pictures.keys()]).toEqual([
      'Result',
      'Network',
      'Training',
      'Confusion matrix',
      'Misclassified images',
      'Attempts',
    ]);
    for (const [heading, { words }] of pictures) expect(words, heading).not.toContain('Simulated');
    expect(pictures.get('Network')?.words).toMatch(/stage1\nconv/);
    const counts = outcome.confusion.flat().filter((count) => count > 0);
    const words = pictures.get('Confusion matrix')!.words.split('\n');
    for (const count of new Set(counts)) expect(words).toContain(String(count));
    for (const name of shapeClasses) expect(words.filter((word) => word === name).length).toBeGreaterThanOrEqual(2);
    expect(pictures.get('Misclassified images')?.images).toBe(outcome.mistakes?.length);
    const rows = JSON.parse((await takeAway(page, 'Misclassified images', 'JSON')).toString());
    expect(rows).toEqual(
      outcome.mistakes?.map(({ image, ...mistake }) => ({
        validationImage: image,
        ...mistake,
        truthName: shapeClasses[mistake.truth],
        predictedName: shapeClasses[mistake.predicted],
      })),
    );
    expect(complaints.list).toEqual([]);
    await page.context().close();
  }, 120_000);

  it('of the overview: each search with its accuracy, its interval and its progress', async () => {
    const { page, complaints } = await watchedPage(browser, server.url, { colorScheme: 'dark' });
    await page.goto(server.url);
    await page.getByRole('group', { name: /^Compare searches/ }).waitFor();
    const pictures = await takeAll(page);
    const { words } = pictures.get('Compare searches')!;
    const rows = JSON.parse((await takeAway(page, 'Compare searches', 'JSON')).toString()) as Record<string, unknown>[];
    expect(rows).toHaveLength(2);
    for (const { name } of rows) expect(words.split('\n')).toContain(name);
    // Only one of the two is simulated, and says so.
    expect(words.match(/^simulated$/gm)).toHaveLength(1);
    for (const word of ['Validation accuracy', 'Trials', 'chosen', 'completed', 'failed'])
      expect(words).toContain(word);
    expect(complaints.list).toEqual([]);
    await page.context().close();
  }, 60_000);

  it('of the overview is walked like the other charts: each search, and Enter opens it', async () => {
    const { page } = await watchedPage(browser, server.url);
    await page.goto(server.url);
    await page.getByRole('group', { name: /^Compare searches/ }).focus();
    const said = page.locator('.chart p[aria-live]');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => said.textContent()).toMatch(/^small: chosen: α .*95 % interval .* completed/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toMatch(/#\/searches\/1$/);
    await page.context().close();
  });
});
