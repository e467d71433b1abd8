import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../dashboard/report.js';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { builtPage, launchBrowser, watchedPage } from '../support/browser.js';
import { emptyPage } from '../support/empty-page.js';
import { missing, parts } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { scriptStrings } from '../support/script-strings.js';
import { addSimulatedSearch } from '../support/simulated-store.js';

const folder = scratchFolder('dashboard-hostile');
const file = path.join(folder, 'store.sqlite');
let searchId: number;

/**
 * Every field of text that a user fills: question, expectation, the dataset's folder and why something was chosen by hand; that a worker
 * fills: see `words`; and that a coordinator does: what happened.
 */
beforeAll(() => {
  const store = Store.open(file);
  const { searchId: id, plan } = addSimulatedSearch(store, {
    experiment: {
      question: scriptStrings.slice(0, 50).join(' '),
      expected: scriptStrings.slice(50).join(' '),
      data: { source: 'folder', path: scriptStrings.join(' ') },
      replicates: 5,
      training: { epochs: 2 },
    },
    simulation: { faults: { crash: 0.5, oom: 0.2 } },
    words: (place) => scriptStrings[place % scriptStrings.length]!,
  });
  searchId = id;
  const searched = new Set(plan.points.filter(({ role }) => role === 'grid').map(({ networkId }) => networkId));
  const { networkId } = store.read
    .trials(searchId)
    .find((trial) => trial.state === 'completed' && searched.has(trial.networkId))!;
  store.chooseByHand({ searchId, networkId, note: scriptStrings.slice(20, 40).join(' ') }, 0);
  for (const text of scriptStrings.slice(0, 20)) store.addEvent({ searchId, kind: text, detail: text }, 0);
  store.close();
});

it('a hundred script strings reach the store', () => {
  expect(new Set(scriptStrings).size).toBe(100);
  const reader = StoreReader.open(file);
  const attempts = reader.attempts(searchId);
  const said = new Set(attempts.flatMap(({ host, message }) => [host, message?.replace(/^(crashed|oom): /, '')]));
  reader.close();
  for (const text of scriptStrings) expect(said).toContain(text);
});

it('a report holds none of them as markup', async () => {
  const html = await renderReport({ store: file, searchId, pageFolder: emptyPage(folder) });
  const [, data = ''] = /<script type="text\/plain" id="report-data">([A-Za-z0-9+/=]*)<\/script>/.exec(html) ?? [];
  expect(JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString()).plan.question).toBe(
    scriptStrings.slice(0, 50).join(' '),
  );
  expect(html.replace(data, '')).not.toContain('hit=');
});

describe.skipIf(missing(parts.chromium))('a hundred script strings in Chromium', () => {
  let browser: Browser;
  let server: DashboardServer;
  beforeAll(async () => {
    server = await startServer({ store: file, pageFolder: builtPage });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it.each([
    ['the overview', '#/'],
    ['the search and its networks', '#/searches/1?states=completed,failed'],
    ['its trials', '#/searches/1?states=completed,failed&table=trials'],
    ['a trial', 'trial'],
    [
      'an address',
      `#/searches/1/trials/${encodeURIComponent(scriptStrings[8]!)}?states=${encodeURIComponent(scriptStrings[0]!)}`,
    ],
  ])('are inert words on %s', async (_what, hash) => {
    const reader = StoreReader.open(file);
    const trial = reader.trials(searchId).find(({ state, attempts }) => state === 'completed' && attempts > 1)!;
    reader.close();
    const { page, complaints } = await watchedPage(browser, server.url);
    await page.goto(`${server.url}${hash === 'trial' ? `#/searches/1/trials/${trial.id}` : hash}`);
    await page.locator('main:not([aria-busy])').waitFor();
    // Whatever would run on load, on an error or on focus has had its turn.
    await page.waitForTimeout(200);
    const foreign =
      'script:not([src]), iframe, object, embed, base, img, video, audio, form, math, marquee, [onerror], [onload], [onclick]';
    expect(await page.locator(foreign).count()).toBe(0);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(complaints.list.filter((complaint) => !complaint.includes('404'))).toEqual([]);
    if (!hash.includes('%')) expect((await page.locator('main').textContent())?.includes('window.hit=')).toBe(true);
    await page.context().close();
  });
});
