import http from 'node:http';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { Store } from '../../db/store.js';
import { emptyPage } from '../support/empty-page.js';
import { scratchFolder } from '../support/scratch.js';
import { fillSimulatedStore } from '../support/simulated-store.js';

const folder = scratchFolder('dashboard-live');
const file = path.join(folder, 'store.sqlite');
let server: DashboardServer;
let searchId: number;
const faults: unknown[] = [];
beforeAll(async () => {
  ({ searchId } = fillSimulatedStore(file, { finish: 20 }));
  server = await startServer({ store: file, pageFolder: emptyPage(folder), onError: (error) => faults.push(error) });
});
afterAll(() => server.close());

const get = (target: string, headers: Record<string, string> = {}) => fetch(new URL(target, server.url), { headers });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Listens to the server's events; `next` resolves with the revision of the next one. */
async function listen() {
  const response = await get('/api/events');
  const reader = response.body!.getReader();
  let text = '';
  return {
    response,
    async next(): Promise<string> {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const event = text.slice(0, end);
          text = text.slice(end + 2);
          if (event.startsWith('data: ')) return JSON.parse(event.slice(6)).revision;
          continue;
        }
        const { done, value } = await reader.read();
        if (done) throw new Error('the stream has ended');
        text += new TextDecoder().decode(value);
      }
    },
    close: () => reader.cancel(),
  };
}

describe('a page that stays open', () => {
  it('is sent an answer once: asked again, it is told that nothing changed', async () => {
    for (const target of ['/api/searches', `/api/searches/${searchId}/plan`, `/api/searches/${searchId}/state`]) {
      const first = await get(target);
      expect(first.status).toBe(200);
      const etag = first.headers.get('etag')!;
      const again = await get(target, { 'if-none-match': etag });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe('');
    }
  });

  it('hears of a new result by an event within two seconds, and reads it', async () => {
    const events = await listen();
    expect(events.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const before = await events.next();
    const target = `/api/searches/${searchId}/state`;
    const etag = (await get(target)).headers.get('etag')!;
    const store = Store.open(file);
    const trial = store.read.trials(searchId).find(({ state }) => state === 'queued')!;
    const committedAt = performance.now();
    store.openAttempt(trial.id, 'live', 1);
    const after = await events.next();
    // Twice the two seconds that a quiet machine keeps, since this one may be busy.
    expect(performance.now() - committedAt).toBeLessThan(4000);
    expect(after).not.toBe(before);
    const changed = await get(target, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(((await changed.json()) as { state: string }).state).toBe('running');
    expect(await (await get('/api/revision')).json()).toEqual({ revision: after });
    store.close();
    await events.next();
    await events.close();
  });

  it('may take its answers gzipped', async () => {
    const { body, encoding } = await new Promise<{ body: Buffer; encoding: string | undefined }>((resolve, reject) => {
      const headers = { 'accept-encoding': 'gzip' };
      http
        .get(new URL(`/api/searches/${searchId}/plan`, server.url), { headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ body: Buffer.concat(chunks), encoding: response.headers['content-encoding'] }),
          );
        })
        .on('error', reject);
    });
    expect(encoding).toBe('gzip');
    const plain = await (await get(`/api/searches/${searchId}/plan`, { 'accept-encoding': 'identity' })).text();
    expect(gunzipSync(body).toString()).toBe(plain);
  });

  it('never finds the store locked while a search writes to it, with many pages polling and streaming', async () => {
    const store = Store.open(file);
    const trials = store.read.trials(searchId).filter(({ state }) => state === 'queued');
    const streams = await Promise.all(Array.from({ length: 20 }, listen));
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 60; i++) {
        const trial = trials[i % trials.length]!;
        store.transaction(() => store.openAttempt(trial.id, `token ${i}`, i));
        await sleep(25);
      }
      writing = false;
    })();
    const statuses = new Map<number, number>();
    const poller = async (): Promise<void> => {
      while (writing) {
        const response = await get(`/api/searches/${searchId}/state`);
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        await response.arrayBuffer();
        await sleep(200);
      }
    };
    await Promise.all([writer, ...Array.from({ length: 50 }, poller)]);
    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(50);
    expect(faults).toEqual([]);
    store.close();
    await Promise.all(streams.map((stream) => stream.close()));
  });
});
