import http from 'node:http';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { StoreReader } from '../../db/reader.js';
import { Store } from '../../db/store.js';
import { control } from '../../experiments/control/control.js';
import { coefficientsDownload } from '../../experiments/handover/coefficients.js';
import type { SearchCommand } from '../../search/plan/command.js';
import { builtPage, launchBrowser, watchedPage } from '../support/browser.js';
import { emptyPage } from '../support/empty-page.js';
import { missing, parts } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { addSimulatedSearch } from '../support/simulated-store.js';

const folder = scratchFolder('dashboard-control');
const file = path.join(folder, 'store.sqlite');
const pageFolder = emptyPage(folder);
let searchId: number;
beforeAll(() => {
  const store = Store.open(file);
  const simulation = { faults: { crash: 0.2, diverge: 0.1 } };
  ({ searchId } = addSimulatedSearch(store, { simulation, finish: 30 }));
  store.close();
});

describe('the one address that is written to', () => {
  const obeyed: [number, SearchCommand][] = [];
  let server: DashboardServer;
  beforeAll(async () => {
    const obey = async (id: number, command: SearchCommand) => {
      obeyed.push([id, command]);
      return { message: 'done', count: null };
    };
    server = await startServer({ store: file, pageFolder, control: obey });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    obeyed.length = 0;
  });

  const target = () => `/api/searches/${searchId}/control`;
  function post(body: string, headers: Record<string, string> = {}, url = target()) {
    const { port } = new URL(server.url);
    return new Promise<{ status: number; body: string; headers: http.IncomingHttpHeaders }>((resolve, reject) => {
      const request = http.request({
        agent: false,
        host: '127.0.0.1',
        port,
        path: url,
        method: 'POST',
        headers: { host: `127.0.0.1:${port}`, 'content-type': 'application/json', ...headers },
      });
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
      });
      request.on('error', reject).end(body);
    });
  }
  const pause = '{"command":"pause"}';
  const bearer = () => ({ authorization: `Bearer ${server.token}` });

  it('obeys the token, in a header or as the cookie that the printed address leaves', async () => {
    expect(server.url).not.toContain('token');
    expect(server.controlUrl).toContain(`/?token=${server.token}`);
    expect(await post(pause, bearer())).toMatchObject({ status: 200, body: '{"message":"done","count":null}' });
    const first = await fetch(server.controlUrl as string, { redirect: 'manual' });
    const cookie = first.headers.get('set-cookie')?.split(';')[0] as string;
    expect(await post('{"command":"choose","networkId":"x","note":"why"}', { cookie })).toMatchObject({ status: 200 });
    expect(obeyed).toEqual([
      [searchId, { command: 'pause' }],
      [searchId, { command: 'choose', networkId: 'x', note: 'why' }],
    ]);
  });

  it('obeys nobody else, while everybody on this machine may read', async () => {
    expect(await post(pause)).toMatchObject({ status: 401 });
    expect(await post(pause, { authorization: 'Bearer wrong' })).toMatchObject({ status: 401 });
    expect(await post(pause, {}, `${target()}?token=${server.token}`)).toMatchObject({ status: 405 });
    expect((await fetch(`${server.url}api/searches`)).status).toBe(200);
    const access = async (headers: Record<string, string>) =>
      (await fetch(`${server.url}api/access`, { headers })).json();
    expect(await access({})).toEqual({ control: 'needs-token' });
    expect(await access(bearer())).toEqual({ control: 'allowed' });
    expect(obeyed).toEqual([]);
  });

  it('tells people with an old token in words where the new one is, and never says the token back', async () => {
    const old = '%3Cscript%3Ealert(1)%3C/script%3E';
    const answer = await fetch(`${server.url}?token=${old}`, { headers: { accept: 'text/html,*/*' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
    const page = await answer.text();
    expect(page).toContain('each start of the server creates a new one');
    expect(page).toContain('<a href="/">');
    expect(page).not.toContain('alert');
    const program = await fetch(`${server.url}?token=${old}`, { headers: { accept: 'application/json' } });
    expect(await program.json()).toEqual({ error: expect.stringContaining('wrong token') });
  });

  it.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ])('refuses the post of another site, even with the token: %j', async (headers) => {
    expect(await post(pause, { ...bearer(), ...(headers as Record<string, string>) })).toMatchObject({ status: 403 });
    expect(obeyed).toEqual([]);
  });

  it.each([
    ['what a form can send', pause, { 'content-type': 'text/plain' }, 400],
    ['a form', 'command=pause', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['no JSON', '{"command"', {}, 400],
    ['an unknown command', '{"command":"drop"}', {}, 400],
    ['an unknown key', '{"command":"pause","store":"/etc/passwd"}', {}, 400],
    ['a note that is too long', JSON.stringify({ command: 'choose', networkId: 'x', note: 'x'.repeat(501) }), {}, 400],
    ['a body that is too long', JSON.stringify({ command: 'pause', x: 'x'.repeat(9000) }), {}, 413],
    ['a hostile prototype', '{"__proto__":{"command":"pause"}}', {}, 400],
  ])('refuses %s', async (_what, body, headers, status) => {
    expect(await post(body, { ...bearer(), ...(headers as Record<string, string>) })).toMatchObject({ status });
    expect(obeyed).toEqual([]);
  });

  it('knows no other search and no other address', async () => {
    expect(await post(pause, bearer(), '/api/searches/99/control')).toMatchObject({ status: 404 });
    expect(await post(pause, bearer(), '/api/searches')).toMatchObject({ status: 405 });
    expect(await post(pause, bearer(), `/api/searches/${searchId}/state`)).toMatchObject({ status: 405 });
    expect(obeyed).toEqual([]);
  });

  it('is not there where nobody can carry a command out', async () => {
    const reading = await startServer({ store: file, pageFolder });
    expect(reading).toMatchObject({ token: null, controlUrl: null });
    expect(await (await fetch(`${reading.url}api/access`)).json()).toEqual({ control: 'none' });
    const answer = await fetch(`${reading.url}api/searches/${searchId}/control`, { method: 'POST', body: pause });
    expect(answer.status).toBe(405);
    await reading.close();
  });
});

describe.skipIf(missing(parts.chromium))('control from the page in Chromium', () => {
  let browser: Browser;
  let server: DashboardServer;
  beforeAll(async () => {
    server = await startServer({
      store: file,
      pageFolder: builtPage,
      control: (id, command) => control(file, id, command),
      coefficients: (id) => coefficientsDownload(file, id, 'test'),
    });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const read = <T>(use: (reader: StoreReader) => T): T => {
    const reader = StoreReader.open(file);
    try {
      return use(reader);
    } finally {
      reader.close();
    }
  };

  it('only says where the token is to those without it', async () => {
    const { page } = await watchedPage(browser, server.url);
    await page.goto(`${server.url}#/searches/${searchId}`);
    await page.getByText('To control the search from this page').waitFor();
    expect(await page.getByRole('button', { name: /^Retry/ }).count()).toBe(0);
    await page.context().close();
  });

  it('retries what failed, chooses by hand and takes it back, and exports what counts', async () => {
    const { page, complaints } = await watchedPage(browser, server.url);
    await page.goto(`${server.controlUrl}#/searches/${searchId}`);
    const { failed } = read((reader) => reader.searches()[0]!.trials);
    await page.getByRole('button', { name: `Retry ${failed} failed` }).click();
    await page.getByText(`${failed} trials are queued again`).waitFor();
    expect(read((reader) => reader.searches()[0]!.trials.failed)).toBe(0);

    const option = page.locator('.hand-choice select').locator('option').nth(3);
    await page.getByText('Choose by hand', { exact: true }).click();
    const networkId = (await option.getAttribute('value'))!;
    await page.locator('.hand-choice select').selectOption(networkId);
    await page.locator('.hand-choice input').fill('fits <b>the</b> phone');
    await page.getByRole('button', { name: 'Choose' }).click();
    await page.getByText(/Chosen by hand on .*: fits <b>the<\/b> phone/).waitFor({ timeout: 10_000 });
    expect(read((reader) => reader.handChoice(searchId))).toMatchObject({ networkId, note: 'fits <b>the</b> phone' });

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download coefficients' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^small-[0-9a-f]{8}\.coefficients\.json$/);

    await page.getByRole('button', { name: 'Restore the rule' }).click();
    await page.getByText(/^Chosen for /).waitFor({ timeout: 10_000 });
    expect(read((reader) => reader.handChoice(searchId))).toBeNull();

    await page.getByRole('button', { name: 'Cancel open trials' }).click();
    await page.getByRole('button', { name: 'No', exact: true }).click();
    expect(read((reader) => reader.searches()[0]!.trials.cancelled)).toBe(0);
    expect(complaints.list).toEqual([]);
    await page.context().close();
  });
});
