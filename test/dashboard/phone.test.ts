import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { Store } from '../../db/store.js';
import { catalogue } from '../../search/network/catalogue/index.js';
import { builtPage, launchBrowser, watchedPage } from '../support/browser.js';
import { missing, parts } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { addSimulatedSearch } from '../support/simulated-store.js';

const folder = scratchFolder('dashboard-phone');
const file = path.join(folder, 'store.sqlite');
const network = catalogue['efficientnet-b0-small']!;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

describe.skipIf(missing(parts.chromium))('the page on a phone', () => {
  let browser: Browser;
  let server: DashboardServer;
  /** By the number of its classes, the address of a finished trial. */
  const trialOf = new Map<number, string>();
  beforeAll(async () => {
    const store = Store.open(file);
    for (const classes of [20, 100]) {
      const experiment = { name: `classes-${classes}`, baseline: { ...network, classes } };
      const { searchId } = addSimulatedSearch(store, { experiment, finish: 3 });
      const { id } = store.read.trials(searchId).find(({ state }) => state === 'completed')!;
      trialOf.set(classes, `#/searches/${searchId}/trials/${id}`);
    }
    store.close();
    server = await startServer({ store: file, pageFolder: builtPage });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function open(hash: string, width: number): Promise<Page> {
    const { page } = await watchedPage(browser, server.url, { viewport: { width, height: 740 } });
    await page.goto(`${server.url}${hash}`);
    await page.locator('#plan-title, #attempts-title').waitFor();
    return page;
  }

  const boxesOf = (page: Page, selector: string): Promise<Box[]> =>
    page.locator(selector).evaluateAll((elements) =>
      elements.map((element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        return { left, top, right, bottom };
      }),
    );

  /** Of the words inside, without what the style sheet adds. */
  const wordBoxesOf = (page: Page, selector: string): Promise<Box[]> =>
    page.locator(selector).evaluateAll((elements) =>
      elements.map((element) => {
        const range = element.ownerDocument.createRange();
        range.selectNodeContents(element);
        const { left, top, right, bottom } = range.getBoundingClientRect();
        return { left, top, right, bottom };
      }),
    );

  it.each([
    [20, 320],
    [20, 400],
    [100, 360],
  ])('lets a matrix of %d classes be read at %d px', async (classes, width) => {
    const page = await open(trialOf.get(classes)!, width);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);

    // First in words, most often first.
    const [list] = await boxesOf(page, '.confusion ol');
    const [matrix] = await boxesOf(page, '.matrix');
    expect(list!.bottom).toBeLessThanOrEqual(matrix!.top);
    const shares = await page.locator('.confusion li').allInnerTexts();
    const counts = shares.map((text) => Number(/: (\d+),/.exec(text)?.[1]));
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    expect(counts.length).toBeGreaterThan(3);

    // Every name and figure is large enough to be read, and a name stands for at most five classes.
    const texts = await boxesOf(page, '.matrix text');
    for (const { left, top, right, bottom } of texts) expect(Math.min(right - left, bottom - top)).toBeGreaterThan(5);
    for (const { left, top, right, bottom } of texts) expect(Math.max(right - left, bottom - top)).toBeGreaterThan(9);
    const rows = await page.locator('.matrix-rows text').allInnerTexts();
    expect(rows.length).toBeGreaterThanOrEqual(Math.max(20, classes / 5));

    // It scrolls by keyboard, under the names of its rows.
    await page.locator('.matrix').focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.locator('.matrix').evaluate((element) => element.scrollLeft)).toBeGreaterThan(40);
    const [names] = await boxesOf(page, '.matrix-rows');
    const [around] = await boxesOf(page, '.matrix');
    expect(names!.left).toBeCloseTo(around!.left, 0);
    await page.context().close();
  });

  it.each([320, 360, 400])('ends no line of facts with the dot between two of them, at %d px', async (width) => {
    const page = await open(trialOf.get(20)!.replace(/\/trials.*/, ''), width);
    const facts = page.locator('.search-head .facts');
    await facts.scrollIntoViewIfNeeded();
    const [box] = await boxesOf(page, '.search-head .facts');
    const spans = await wordBoxesOf(page, '.search-head .facts > span');
    const lines = [...new Set(spans.map(({ top }) => top))].map((top) => spans.filter((span) => span.top === top));
    expect(lines.length).toBeGreaterThan(2);
    const inkOf = async ({ left, top, right, bottom }: Box): Promise<number> => {
      const clip = { x: left, y: top, width: right - left, height: bottom - top };
      const { channels } = await sharp(await page.screenshot({ clip })).stats();
      return Math.max(...channels.map(({ stdev }) => stdev));
    };
    let dots = 0;
    for (const line of lines) {
      const [first, last] = [line[0]!, line.at(-1)!];
      if (box!.right - last.right > 3)
        expect(await inkOf({ ...last, left: last.right + 1, right: box!.right })).toBe(0);
      expect(await inkOf({ ...first, left: 0, right: first.left })).toBe(0);
      if (line.length > 1 && (await inkOf({ ...first, left: first.right, right: line[1]!.left })) > 0) dots++;
    }
    // There are dots, in the midst of lines.
    expect(dots).toBeGreaterThan(0);
    await page.context().close();
  });
});
