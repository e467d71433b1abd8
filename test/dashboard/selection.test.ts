import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { Store } from '../../db/store.js';
import { defaultRetries } from '../../search/plan/outcomes.js';
import type { Plan } from '../../search/plan/plan.js';
import { builtPage, launchBrowser, watchedPage } from '../support/browser.js';
import { completedOutcome } from '../support/outcomes.js';
import { missing, parts } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { fillSimulatedStore } from '../support/simulated-store.js';

const file = path.join(scratchFolder('dashboard-selection'), 'store.sqlite');
const finished = 17;
/** The place in the plan of the trial that ends while points are selected. */
const late = 18;

describe.skipIf(missing(parts.chromium))('selecting points with Shift and the arrow keys', () => {
  let plan: Plan;
  let server: DashboardServer;
  let browser: Browser;
  beforeAll(async () => {
    ({ plan } = fillSimulatedStore(file, { finish: finished }));
    server = await startServer({ store: file, pageFolder: builtPage });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const chart = (page: Page) => page.locator('[data-place="Accuracy against cost"]');
  const brush = (page: Page) => page.locator('.brush');
  const isShown = (page: Page, count: number) => expect.poll(() => brush(page).count()).toBe(count);
  const macsOf = (id: string): number => plan.networks.find((network) => network.id === id)!.cost.macs;
  /** What is drawn at first, from left to right. */
  const drawnMacs = (): number[] =>
    plan.trials
      .slice(0, finished)
      .map(({ networkId }) => macsOf(networkId))
      .toSorted((a, b) => a - b);
  /** Low and high end of the selected cost; null for no selection. */
  const selected = (page: Page): number[] | null => {
    const range = /range=macs%2C([^&]*)/.exec(page.url())?.[1];
    return range ? decodeURIComponent(range).split(',').slice(0, 2).map(Number) : null;
  };

  /** A page on which the point at a place and the next are taken in, Shift still held. */
  async function stretched(place: number) {
    const watched = await watchedPage(browser, server.url);
    const { page } = watched;
    await page.goto(`${server.url}#/searches/1`);
    await chart(page).focus();
    await page.keyboard.press('Home');
    for (let i = 0; i < place; i++) await page.keyboard.press('ArrowRight');
    await page.keyboard.down('Shift');
    await page.keyboard.press('ArrowRight');
    await isShown(page, 1);
    return watched;
  }

  it.each(['Tab', 'Escape'])('is over with %s: nothing stays drawn, and nothing is selected', async (key) => {
    const { page } = await stretched(3);
    await page.keyboard.press(key);
    await isShown(page, 0);
    await page.keyboard.up('Shift');
    // The next one begins where it is begun.
    await chart(page).focus();
    await page.keyboard.press('Home');
    await page.keyboard.down('Shift');
    await page.keyboard.press('ArrowRight');
    await isShown(page, 1);
    expect(selected(page)).toBeNull();
    await page.keyboard.up('Shift');
    await expect.poll(() => selected(page)).not.toBeNull();
    const all = drawnMacs();
    const [low, high] = selected(page) as [number, number];
    expect(all.filter((macs) => macs >= low && macs <= high)).toEqual(all.slice(0, 2));
    await page.context().close();
  });

  it('holds the points that it took in while results of others come in', async () => {
    const { id, networkId } = plan.trials[late]!;
    const cost = macsOf(networkId);
    const place = drawnMacs().findIndex((macs) => macs > cost);
    const [first, second] = drawnMacs().slice(place) as [number, number];
    expect(first / cost).toBeGreaterThan(1.04);
    const { page, complaints } = await stretched(place);
    const store = Store.open(file);
    const attempt = store.openAttempt(id, 'token', 1);
    store.recordResult({ trialId: id, attempt, token: 'token', outcome: completedOutcome() }, defaultRetries, 2);
    store.close();
    await page.getByRole('button', { name: `${finished + 1} completed` }).waitFor({ timeout: 10_000 });
    await isShown(page, 1);
    await page.keyboard.up('Shift');
    await expect.poll(() => selected(page)).not.toBeNull();
    const [low, high] = selected(page) as [number, number];
    expect(low).toBeGreaterThan(cost);
    expect(low).toBeLessThan(first);
    expect(high).toBeGreaterThan(second);
    expect(complaints.list).toEqual([]);
    await page.context().close();
  });
});
