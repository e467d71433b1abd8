import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportData } from '../../dashboard/api.js';
import { percent } from '../../dashboard/page/data/format.js';
import { renderReport } from '../../dashboard/report.js';
import { startServer } from '../../dashboard/server/server.js';
import { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { builtPage, launchBrowser, watchedPage } from '../support/browser.js';
import { emptyPage } from '../support/empty-page.js';
import { missing, parts } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { addSimulatedSearch, fillSimulatedStore } from '../support/simulated-store.js';

const folder = scratchFolder('dashboard-report');
const file = path.join(folder, 'store.sqlite');
let searchId: number;
beforeAll(() => {
  const store = Store.open(file);
  addSimulatedSearch(store, { experiment: { name: 'first', seed: 9 }, finish: 1 });
  ({ searchId } = addSimulatedSearch(store, { simulation: { faults: { crash: 0.1 } }, finish: 50 }));
  store.close();
});

describe('a report', () => {
  it('is the same, byte for byte, for the same search in another store under another name and while it is held', async () => {
    const pageFolder = emptyPage(folder);
    const html = await renderReport({ store: file, searchId, pageFolder });
    const alone = path.join(folder, 'alone.sqlite');
    const store = Store.open(alone);
    addSimulatedSearch(store, { simulation: { faults: { crash: 0.1 } }, finish: 50 });
    expect(await renderReport({ store: alone, searchId: 1, pageFolder })).toBe(html);
    store.close();
    const copy = path.join(folder, 'copy.sqlite');
    copyFileSync(file, copy);
    expect(await renderReport({ store: copy, searchId, pageFolder })).toBe(html);
  });

  it('carries every curve to six digits, in a fraction of the room that plain figures take', async () => {
    const html = await renderReport({ store: file, searchId, pageFolder: emptyPage(folder) });
    const [, packed = ''] = /id="report-data">([^<]*)</.exec(html) ?? [];
    const json = gunzipSync(Buffer.from(packed, 'base64')).toString();
    const { trials } = JSON.parse(json) as ReportData;
    const reader = StoreReader.open(file);
    expect(trials.map(({ id }) => id)).toEqual(reader.trials(searchId).map(({ id }) => id));
    for (const { id, epochs } of trials) {
      const stored = reader.curve(id);
      expect(epochs.epoch).toEqual(stored.map(({ epoch }) => epoch));
      stored.forEach(({ validationAccuracy, trainLoss, wallMs }, i) => {
        expect(epochs.validationAccuracy[i]).toBeCloseTo(validationAccuracy as number, 6);
        expect(epochs.trainLoss[i]! / (trainLoss as number)).toBeCloseTo(1, 5);
        expect(epochs.wallMs[i]! / (wallMs as number)).toBeCloseTo(1, 5);
      });
    }
    reader.close();
    expect(html.length).toBeLessThan(json.length / 4);
  });

  it('is the same when it is saved from the page', async () => {
    const pageFolder = emptyPage(folder);
    const server = await startServer({ store: file, pageFolder });
    const response = await fetch(`${server.url}api/searches/${searchId}/report`);
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="search-[0-9a-f]{8}\.html"$/);
    expect(await response.text()).toBe(await renderReport({ store: file, searchId, pageFolder }));
    expect((await fetch(`${server.url}api/searches/99/report`)).status).toBe(404);
    await server.close();
  });

  it('is left to the command line where it is large', async () => {
    const large = path.join(folder, 'large.sqlite');
    fillSimulatedStore(large, { experiment: { training: { epochs: 10_000 } }, finish: 0 });
    const server = await startServer({ store: large, pageFolder: emptyPage(folder) });
    const response = await fetch(`${server.url}api/searches/1/report`);
    expect(response.status).toBe(409);
    expect(((await response.json()) as { error: string }).error).toContain('use `triscale report`');
    await server.close();
  });

  it('of a search that is not there is refused in one sentence', async () => {
    await expect(renderReport({ store: file, searchId: 7, pageFolder: emptyPage(folder) })).rejects.toThrow(
      '--search: expected one of 1, 2, got 7',
    );
  });
});

describe.skipIf(missing(parts.chromium))('a report in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('shows everything from a file with the network off', async () => {
    const html = path.join(folder, 'report.html');
    writeFileSync(html, await renderReport({ store: file, searchId, pageFolder: builtPage }));
    const url = pathToFileURL(html).href;
    const { page, complaints } = await watchedPage(browser, 'file://', { offline: true });
    await page.goto(url);
    for (const name of [
      'Accuracy against cost',
      'Allocation of extra compute',
      'Learning curves',
      'Scaled family',
      'Results table',
      'Failed attempts',
    ])
      await page.getByRole('heading', { name }).waitFor();
    await page.getByText('The fitted surface peaks at').waitFor();
    const reader = StoreReader.open(file);
    const completed = reader.trials(searchId).filter(({ state }) => state === 'completed');
    reader.close();
    expect(await page.locator('.connection').textContent()).toBe('report');
    expect(await page.locator('main').textContent()).toContain(`${completed.length} completed`);
    await expect.poll(() => page.getByRole('group', { name: /^Learning curves/ }).count()).toBe(1);
    await page.getByRole('button', { name: 'Trials', exact: true }).click();
    const [trial] = completed;
    await page.locator(`a[href$="${trial!.id}"]`).first().click();
    await page.getByRole('heading', { name: 'Network' }).waitFor();
    if (trial!.state === 'completed')
      expect(await page.locator('main').textContent()).toContain(percent(trial!.result.validationAccuracy));
    expect(complaints.list).toEqual([]);
    await page.context().close();
  });
});
