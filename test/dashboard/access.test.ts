import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DashboardServer, startServer } from '../../dashboard/server/server.js';
import { emptyPage } from '../support/empty-page.js';
import { scratchFolder } from '../support/scratch.js';
import { fillSimulatedStore } from '../support/simulated-store.js';

const folder = scratchFolder('dashboard-access');
const store = path.join(folder, 'store.sqlite');
const pageFolder = emptyPage(folder);
let open: DashboardServer;
let guarded: DashboardServer;
beforeAll(async () => {
  fillSimulatedStore(store, { finish: 6 });
  open = await startServer({ store, pageFolder });
  guarded = await startServer({ store, pageFolder, host: '0.0.0.0' });
});
afterAll(async () => {
  await open.close();
  await guarded.close();
});

const portOf = ({ url }: DashboardServer): number => Number(new URL(url).port);

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Sends exactly these headers and this path: `fetch` would mend both. */
function ask(
  server: DashboardServer,
  target: string,
  headers: object = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  const port = portOf(server);
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        agent: false,
        host: '127.0.0.1',
        port,
        path: target,
        method,
        headers: { host: `127.0.0.1:${port}`, ...headers },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      },
    );
    request.on('error', reject).end(body);
  });
}

describe('on loopback', () => {
  it('answers without a token, bound to 127.0.0.1 alone', async () => {
    expect(open).toMatchObject({ token: null, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/) });
    expect(await ask(open, '/api/searches')).toMatchObject({ status: 200 });
    expect(await ask(open, '/api/searches', { host: `localhost:${portOf(open)}` })).toMatchObject({ status: 200 });
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.0.7', 'localhost', ''])(
    'refuses the Host %j, so that no name of another site leads here',
    async (host) => {
      const port = portOf(open);
      const answer = await ask(open, '/api/searches', { host: host === 'localhost' ? host : `${host}:${port}` });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.body).not.toContain('small');
    },
  );

  it.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'https://127.0.0.1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ])('refuses the request of another site: %j', async (headers) => {
    expect(await ask(open, '/api/searches', headers)).toMatchObject({ status: 403 });
  });

  it('lets a link from elsewhere open the page', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await ask(open, '/', headers)).toMatchObject({ status: 200 });
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('only reads: %s is refused', async (method) => {
    const headers = { 'content-type': 'application/json', 'content-length': 7 };
    const answer = await ask(open, '/api/searches', headers, method, '{"a":1}');
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/....//etc/passwd',
    '/app.js/../../store.sqlite',
    '//etc/passwd',
    '/api/searches/../../store.sqlite',
    '/store.sqlite',
    '/%00',
    '/api/searches/1/trials/..%2f..%2f',
    '/api/searches/1/networks/__proto__',
    '/api/searches/1e3/plan',
    '/api/searches/-1/plan',
    '/api/searches/99999999999999999999/plan',
  ])('leads nowhere: %s', async (target) => {
    const { status, body } = await ask(open, target);
    expect([400, 404]).toContain(status);
    expect(body).not.toContain('root:');
    expect(body).not.toContain('SQLite');
  });

  it('refuses an unknown rule in one sentence', async () => {
    const { status, body } = await ask(open, '/api/searches/1/state?rule=best');
    expect(status).toBe(400);
    expect(JSON.parse(body).error).toMatch(/^rule: expected one of highest-merit, .*, got "best"/);
  });

  it('refuses oversized headers and bodies', async () => {
    expect(await ask(open, '/api/searches', { 'x-long': 'x'.repeat(40_000) })).toMatchObject({ status: 431 });
    expect(await ask(open, '/api/searches', {}, 'POST', 'x'.repeat(1000))).toMatchObject({ status: 405 });
    expect(await ask(open, '/api/searches')).toMatchObject({ status: 200 });
  });

  it('cuts off a client that does not finish its request', async () => {
    const impatient = await startServer({ store, pageFolder, requestMs: 400 });
    const socket = net.connect(portOf(impatient), '127.0.0.1');
    socket.write('GET /api/searches HTTP/1.1\r\nHost: ');
    const end = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    expect(end).toMatch(/^HTTP\/1\.1 408/);
    await impatient.close();
  });

  it('forbids inline scripts, frames and other hosts', async () => {
    const { headers } = await ask(open, '/');
    const policy = String(headers['content-security-policy']).split(';');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy.join()).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('on an address that others reach', () => {
  it('asks for the token, at every address', async () => {
    expect(guarded.token).toMatch(/^[\w-]{24}$/);
    for (const target of ['/', '/app.js', '/api/searches', '/api/events', '/api/searches/1/plan', '/nowhere'])
      expect(await ask(guarded, target)).toMatchObject({ status: 401 });
    expect(await ask(guarded, '/api/searches', { authorization: 'Bearer wrong' })).toMatchObject({ status: 401 });
    expect(await ask(guarded, '/?token=wrong')).toMatchObject({ status: 401 });
    expect(await ask(guarded, `/api/searches?token=${guarded.token}`)).toMatchObject({ status: 401 });
  });

  it('takes the token of a program in a header', async () => {
    expect(await ask(guarded, '/api/searches', { authorization: `Bearer ${guarded.token}` })).toMatchObject({
      status: 200,
    });
  });

  it('turns the printed address into a cookie that scripts and other sites never see', async () => {
    const { search } = new URL(guarded.url);
    const first = await ask(guarded, `/${search}`);
    expect(first).toMatchObject({ status: 303, headers: { location: '/' } });
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    const pair = cookie.split(';')[0] as string;
    expect(await ask(guarded, '/', { cookie: `other=1; ${pair}` })).toMatchObject({ status: 200 });
    expect(await ask(guarded, '/', { cookie: `${pair}x` })).toMatchObject({ status: 401 });
  });

  it('is reached by address and not by a name that it does not have', async () => {
    const authorization = `Bearer ${guarded.token}`;
    const port = portOf(guarded);
    expect(await ask(guarded, '/api/searches', { authorization, host: `10.1.2.3:${port}` })).toMatchObject({
      status: 200,
    });
    expect(await ask(guarded, '/api/searches', { authorization, host: `evil.example:${port}` })).toMatchObject({
      status: 421,
    });
  });
});

describe('startServer', () => {
  it('says in one sentence what is wrong with store, port and host', async () => {
    await expect(startServer({ store: path.join(folder, 'none'), pageFolder })).rejects.toThrow(
      /^store ".*none" does not exist$/,
    );
    await expect(startServer({ store, pageFolder, port: portOf(open) })).rejects.toThrow(
      /^port \d+ is already in use; give another --port$/,
    );
    await expect(startServer({ store, pageFolder, host: '192.0.2.1' })).rejects.toThrow(
      /--host: expected an address of this machine/,
    );
  });

  it('leaves nothing open', async () => {
    const server = await startServer({ store, pageFolder });
    const events = http.get(`${server.url}api/events`);
    const ended = new Promise((resolve) => events.on('response', (response) => response.resume().on('close', resolve)));
    await new Promise((resolve) => events.on('response', resolve));
    await server.close();
    await ended;
    await expect(ask(server, '/')).rejects.toThrow(/ECONNREFUSED/);
  });
});
