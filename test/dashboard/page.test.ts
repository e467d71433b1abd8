import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { percent } from '../../dashboard/page/data/format.js';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { StoreViews } from '../../dashboard/views/store-views.js';
import { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { builtPage, launchBrowser, watchedPage } from '../support/browser.js';
import { downloaded, takeAway } from '../support/downloads.js';
import { missing, parts } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { addSimulatedSearch } from '../support/simulated-store.js';

const folder = scratchFolder('dashboard-page');
const file = path.join(folder, 'store.sqlite');

describe.skipIf(missing(parts.chromium))('the page in Chromium', () => {
  let browser: Browser;
  let server: DashboardServer;
  let reader: StoreReader;
  let searchId: number;
  beforeAll(async () => {
    const store = Store.open(file);
    const simulation = { faults: { crash: 0.15, diverge: 0.08, lost: 0.05 }, seedNoise: 0.003 };
    ({ searchId } = addSimulatedSearch(store, { simulation, finish: 44, running: 2 }));
    addSimulatedSearch(store, { experiment: { name: 'other', question: 'Another one?', seed: 2 }, finish: 0 });
    store.close();
    reader = StoreReader.open(file);
    server = await startServer({ store: file, pageFolder: builtPage });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    reader?.close();
  });

  async function open(hash: string, options = {}) {
    const watched = await watchedPage(browser, server.url, options);
    await watched.page.goto(`${server.url}#${hash}`);
    await watched.page.locator('main:not(.placeholder)').waitFor();
    // The panels below the first screen come a frame later.
    if (hash.startsWith('/searches/')) await watched.page.locator('#plan-title, #attempts-title').waitFor();
    return watched;
  }

  const search = (query = '') => `/searches/${searchId}${query}`;
  const close = (page: Page) => page.context().close();

  /** The rows of a table as objects, by the words of its head. */
  async function rowsOf(page: Page, caption: string): Promise<Record<string, string>[]> {
    const region = page.getByRole('group', { name: caption });
    await region.locator('tbody td').first().waitFor();
    const heads = await region.locator('thead th').allInnerTexts();
    const cells = await region.locator('tbody td').allInnerTexts();
    const names = heads.map((head) => (head.split('\n')[0] as string).trim());
    return Array.from({ length: cells.length / names.length }, (_, row) =>
      Object.fromEntries(names.map((name, i) => [name, (cells[row * names.length + i] as string).trim()])),
    );
  }

  it('lists the searches of the store with their counts and their choice', async () => {
    const { page, complaints } = await open('/');
    const summaries = reader.searches();
    const cards = page.locator('.card');
    await expect.poll(() => cards.count()).toBe(summaries.length);
    const text = await cards.last().textContent();
    const { trials } = summaries[0]!;
    expect(text).toContain('Which coefficients suit the small baseline?');
    expect(text).toContain(`${trials.completed} completed`);
    const outcomes = reader.trials(searchId).flatMap((trial) => (trial.state === 'failed' ? [trial.outcome] : []));
    const words = [...new Set(outcomes)].map((one) => `${outcomes.filter((other) => other === one).length} ${one}`);
    const [, said = ''] = new RegExp(`${trials.failed} failed \\(([^)]+)\\)`).exec(text ?? '') ?? [];
    expect(said.split(', ').toSorted()).toEqual(words.toSorted());
    expect(text?.match(/simulated/g)).toHaveLength(1);
    expect(await cards.first().textContent()).toContain('No candidate has a result yet');
    await cards.last().getByRole('link').click();
    await page.getByRole('heading', { name: 'Accuracy against cost' }).waitFor();
    expect(complaints.list).toEqual([]);
    await close(page);
  });

  it("shows the store's numbers: every completed trial in the table, every network's mean", async () => {
    const { page, complaints } = await open(search('?table=trials'));
    const completed = reader.trials(searchId).filter((trial) => trial.state === 'completed');
    const trials = await rowsOf(page, 'Trials');
    expect(trials).toHaveLength(completed.length);
    const byId = new Map(trials.map((row) => [row.Trial, row]));
    for (const { id, result, replicate, attempts } of completed) {
      expect(byId.get(id)).toMatchObject({
        Accuracy: percent(result.validationAccuracy),
        Loss: result.validationLoss.toFixed(4),
        Worker: result.host,
        Seed: String(replicate + 1),
        Attempts: String(attempts),
        State: 'completed',
      });
    }

    await page.getByRole('button', { name: 'Networks', exact: true }).click();
    const networks = await rowsOf(page, 'Networks');
    const accuraciesOf = new Map<string, number[]>();
    for (const { networkId, result } of completed)
      accuraciesOf.set(networkId, [...(accuraciesOf.get(networkId) ?? []), result.validationAccuracy]);
    expect(networks).toHaveLength(accuraciesOf.size);
    for (const row of networks) {
      const own = accuraciesOf.get(row.Network!)!;
      const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
      expect(row).toMatchObject({ Accuracy: percent(mean), Seeds: String(own.length) });
    }
    expect(complaints.list).toEqual([]);
    await close(page);
  });

  it('draws in the chart what the table lists, and exports the same', async () => {
    const { page, complaints } = await open(search());
    const rows = await rowsOf(page, 'Networks');
    const summary = await page.getByRole('group', { name: /^Accuracy against cost/ }).getAttribute('aria-label');
    expect(summary).toContain(`${rows.length} networks`);

    const panel = page.locator('section', { has: page.getByRole('heading', { name: 'Accuracy against cost' }) });
    const exported = async (type: string): Promise<{ name: string; content: Buffer }> => {
      await panel.locator('details').evaluate((menu) => menu.setAttribute('open', ''));
      const button = panel.getByRole('button', { name: type, exact: true });
      const download = await downloaded(page, () => button.press('Enter'));
      return { name: download.suggestedFilename(), content: readFileSync(await download.path()) };
    };
    const json = await exported('JSON');
    const { hash, name } = reader.searches()[0]!;
    expect(json.name).toBe(`${name}-${hash.slice(0, 8)}-accuracy-cost-simulated.json`);
    const values = JSON.parse(json.content.toString()) as { network: string; group: string; macs: number }[];
    expect(values.map(({ network }) => network).toSorted()).toEqual(rows.map((row) => row.Network).toSorted());
    const costOf = new Map(reader.plan(searchId).networks.map(({ id, cost }) => [id, cost.macs]));
    for (const { network, macs } of values) expect(macs).toBe(costOf.get(network));
    const csv = (await exported('CSV')).content.toString().trimEnd().split('\r\n');
    expect(csv).toHaveLength(rows.length + 1);
    expect(csv[0]).toMatch(/^network,group,alpha,beta,gamma,phi/);
    expect((await exported('PNG')).content.subarray(1, 4).toString()).toBe('PNG');
    const svg = (await exported('SVG')).content.toString();
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('>Validation accuracy</text>');
    // A filled circle is drawn as three arcs: one for each searched network.
    const circles = svg.match(/<path d="M[^"A]*(?:A[^"AZ]*){3}Z" fill="(?!none)/g) ?? [];
    expect(circles).toHaveLength(values.filter(({ group }) => group === 'searched').length);
    expect(complaints.list).toEqual([]);
    await close(page);
  });

  it('hands out what the store holds, to the last digit', async () => {
    const { page, complaints } = await open(search('?states=completed,failed,running,queued&table=trials'));
    await page.getByRole('heading', { name: 'Scaled family' }).waitFor();
    const rows = async (heading: string) =>
      JSON.parse((await takeAway(page, heading, 'JSON')).toString()) as Record<string, unknown>[];
    await expect.poll(() => page.getByRole('group', { name: /^Learning curves/ }).count()).toBe(1);

    const { selection } = new StoreViews(reader).state(searchId)!;
    const estimateOf = new Map(selection.estimates.map((estimate) => [estimate.networkId, estimate]));
    for (const row of await rows('Accuracy against cost')) {
      const estimate = estimateOf.get(row.network as string);
      expect([row.meanAccuracy, row.seedSd, row.seedsFinished, row.interval95Low, row.interval95High]).toEqual([
        estimate?.mean ?? null,
        estimate?.ownSd ?? null,
        estimate?.n ?? 0,
        estimate?.interval?.[0] ?? null,
        estimate?.interval?.[1] ?? null,
      ]);
    }
    const stored = new Map(reader.trials(searchId).map((trial) => [trial.id, trial]));
    const trials = await rows('Results table');
    expect(trials).toHaveLength(stored.size);
    for (const row of trials) {
      const trial = stored.get(row.trial as string)!;
      expect(row).toMatchObject({ state: trial.state, attempts: trial.attempts });
      if (trial.state !== 'completed') continue;
      const { validationAccuracy, validationLoss, wallMs, imagesPerSecond, peakBytes, host, engine } = trial.result;
      expect(row).toMatchObject({
        validationAccuracy,
        validationLoss,
        wallMs,
        imagesPerSecond,
        peakBytes,
        host,
        engine,
      });
    }
    const curves = await rows('Learning curves');
    const drawn = new Set(curves.map(({ trial }) => trial as string));
    expect(drawn.size).toBeGreaterThan(9);
    for (const id of drawn)
      expect(curves.filter(({ trial }) => trial === id)).toMatchObject(
        reader.curve(id).map(({ epoch, validationAccuracy, validationLoss, trainLoss }) => ({
          epoch,
          validationAccuracy,
          validationLoss,
          trainLoss,
        })),
      );
    const bad = reader.attempts(searchId).filter(({ state }) => !['completed', 'running', 'queued'].includes(state));
    expect(await rows('Failed attempts')).toHaveLength(bad.length);
    expect(complaints.list).toEqual([]);
    await close(page);
  });

  it('lets one filter drive everything, and keeps it in the address', async () => {
    const { page } = await open(search());
    const counts = reader.searches()[0]!.trials;
    await page.getByRole('button', { name: `${counts.failed} failed` }).click();
    await expect.poll(() => page.url()).toContain('states=completed%2Cfailed');
    await page.getByRole('button', { name: `${counts.completed} completed` }).click();
    await page.getByRole('button', { name: 'Trials', exact: true }).click();
    const failed = reader.trials(searchId).filter(({ state }) => state === 'failed');
    await expect
      .poll(async () => (await rowsOf(page, 'Trials')).map(({ Trial }) => Trial).toSorted())
      .toEqual(failed.map(({ id }) => id).toSorted());
    const text = await page.getByRole('region', { name: 'Filter' }).textContent();
    expect(text).toContain(`Showing ${new Set(failed.map(({ networkId }) => networkId)).size} of`);
    expect(text).toContain(`hidden: ${counts.completed} completed`);

    const second = await watchedPage(browser, server.url);
    await second.page.goto(page.url());
    await second.page.locator('#plan-title').waitFor();
    expect(await rowsOf(second.page, 'Trials')).toEqual(await rowsOf(page, 'Trials'));
    await close(second.page);
    await close(page);
  });

  it('selects by dragging over the chart, and lets go again', async () => {
    const { page } = await open(search());
    const all = await rowsOf(page, 'Networks');
    const box = (await page.getByRole('group', { name: /^Accuracy against cost/ }).boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.6, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + box.height * 0.5, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => page.url()).toContain('range=macs');
    await expect.poll(async () => (await rowsOf(page, 'Networks')).length).toBeLessThan(all.length);
    const some = await rowsOf(page, 'Networks');
    expect(some.length).toBeGreaterThan(0);
    const range = new URLSearchParams(page.url().split('?')[1]).get('range')!.split(',').slice(1).map(Number);
    const costOf = new Map(reader.plan(searchId).networks.map(({ id, cost }) => [id, cost.macs]));
    for (const row of some) {
      expect(costOf.get(row.Network!)).toBeGreaterThanOrEqual(range[0]!);
      expect(costOf.get(row.Network!)).toBeLessThanOrEqual(range[1]!);
    }
    await page.getByRole('button', { name: /^Clear selection/ }).click();
    await expect.poll(async () => (await rowsOf(page, 'Networks')).length).toBe(all.length);
    await close(page);
  });

  it('is used by keyboard alone: arrows say each point aloud, Enter opens its trial', async () => {
    const { page, complaints } = await open(search());
    await page.getByRole('group', { name: /^Accuracy against cost/ }).focus();
    await page.keyboard.press('ArrowRight');
    const said = page.locator('.lead .chart p[aria-live]');
    await expect.poll(() => said.textContent()).toMatch(/^α 1.00 +β 1.00 +γ 1.00 +φ 0.00/);
    await page.keyboard.press('End');
    await expect.poll(() => said.textContent()).not.toMatch(/^α 1.00 +β 1.00 +γ 1.00 +φ 0.00/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Attempts' }).waitFor();
    expect(page.url()).toContain('/trials/');
    expect(complaints.list).toEqual([]);
    await close(page);
  });

  it('shows a trial: its network, its curve and its attempts', async () => {
    const trial = reader.trials(searchId).find(({ state, attempts }) => state === 'completed' && attempts > 1)!;
    const { page, complaints } = await open(search(`/trials/${trial.id}`));
    const text = await page.locator('main').textContent();
    if (trial.state === 'completed') expect(text).toContain(percent(trial.result.validationAccuracy));
    expect(await page.getByRole('group', { name: 'Attempts' }).locator('tbody tr').count()).toBe(trial.attempts);
    await page.locator('.layers summary').click();
    const layers = page.getByRole('group', { name: 'Layers' }).locator('tbody tr');
    const macs = await layers.locator('td:nth-child(4)').allInnerTexts();
    expect(macs.reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0)).toBe(
      reader.plan(searchId).networks.find(({ id }) => id === trial.networkId)!.cost.macs,
    );
    expect(complaints.list).toEqual([]);
    await close(page);
  });

  it('shows a new result without being reloaded', async () => {
    const { page } = await open(search('?states=completed,failed,running,queued'));
    const store = Store.open(file);
    try {
      const { trials } = reader.searches()[0]!;
      await page.getByText(`${trials.running} running`, { exact: false }).first().waitFor();
      const queued = store.read.trials(searchId).find(({ state }) => state === 'queued')!;
      const attempt = store.openAttempt(queued.id, 'live', Date.now());
      const provenance = { host: 'late worker', pid: 1, engine: 'wasm', engineVersion: '1', device: 'x' };
      store.startAttempt({ trialId: queued.id, attempt, token: 'live', provenance, resumedAtEpoch: 0 }, Date.now());
      await page.getByRole('button', { name: `${trials.running + 1} running` }).waitFor({ timeout: 10_000 });
    } finally {
      store.close();
    }
    await close(page);
  });

  it('polls where events do not come through', async () => {
    const { page } = await watchedPage(browser, server.url);
    await page.route('**/api/events', (route) => route.abort());
    await page.goto(`${server.url}#${search()}`);
    await expect.poll(() => page.locator('.connection').textContent(), { timeout: 10_000 }).toBe('live, by polling');
    await close(page);
  });

  it.each([
    ['light', 1360],
    ['dark', 1360],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'has no violation of WCAG A or AA that axe finds, %s and %d px wide',
    async (colorScheme, width) => {
      const trial = reader.trials(searchId).find(({ state }) => state === 'completed')!;
      for (const hash of ['/', search('?states=completed,failed,queued,running'), search(`/trials/${trial.id}`)]) {
        const { page } = await open(hash, { colorScheme, viewport: { width, height: 900 } });
        const axe = new AxeBuilder({ page });
        // Only colours differ in the dark.
        if (colorScheme === 'light') axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']);
        else axe.withRules(['color-contrast']);
        const { violations } = await axe.analyze();
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
        await close(page);
      }
    },
    180_000,
  );

  it('fits a phone: nothing is wider than the screen but what scrolls by itself', async () => {
    for (const hash of ['/', search()]) {
      const { page } = await open(hash, { viewport: { width: 360, height: 740 } });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      await close(page);
    }
  });

  it('shows the store that is there: says so when it is deleted, and reads a new one of the same name', async () => {
    const moving = path.join(folder, 'moving.sqlite');
    const fill = (name: string): void => {
      const store = Store.open(moving);
      addSimulatedSearch(store, { experiment: { name }, finish: 9 });
      store.close();
    };
    fill('before');
    const own = await startServer({ store: moving, pageFolder: builtPage });
    const { page, complaints } = await watchedPage(browser, own.url);
    await page.goto(`${own.url}#/searches/1`);
    await expect.poll(() => page.title()).toBe('before · Triscale');
    await page.locator('#plan-title').waitFor();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${moving}${suffix}`, { force: true });
    await page.getByText('the store "moving.sqlite" no longer exists').first().waitFor({ timeout: 10_000 });
    expect((await fetch(`${own.url}api/searches/1/plan`)).status).toBe(400);
    fill('after');
    await expect.poll(() => page.title(), { timeout: 10_000 }).toBe('after · Triscale');
    expect(await page.locator('.error').count()).toBe(0);
    // What is refused while there is no store is the only thing to complain of.
    expect(complaints.list.filter((complaint) => !/status of 400/.test(complaint))).toEqual([]);
    await close(page);
    await own.close();
  });

  it('says what is missing when an address leads nowhere, and when the server has gone', async () => {
    const { page } = await watchedPage(browser, server.url);
    await page.goto(`${server.url}#/searches/99`);
    await page.getByText('This page does not exist in the store.').waitFor();
    const own = await startServer({ store: file, pageFolder: builtPage });
    await page.goto(`${own.url}#${search()}`);
    await page.getByRole('heading', { name: 'Accuracy against cost' }).waitFor();
    await own.close();
    await expect
      .poll(() => page.locator('.connection').textContent(), { timeout: 10_000 })
      .toBe('server not responding');
    await close(page);
  });
});
