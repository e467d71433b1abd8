import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOwnHost } from './address.js';
import { isSameToken } from './token.js';

export interface GuardOptions {
  readonly host: string;
  /** Known once the server listens. */
  readonly port: () => number;
  /** Null for none: anyone who can reach the address may read. */
  readonly token: string | null;
  /** Whether reading needs the token, as it does wherever others reach the address. */
  readonly guardsReading: boolean;
  /** Whether the search can be controlled from the page, which needs the token always. */
  readonly hasControl: boolean;
}

/** Access control of the server. */
export interface Guard {
  /** Lets a request pass, or refuses it. */
  readonly check: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;
  /** Whether a request carries the token. */
  readonly holdsToken: (request: FastifyRequest) => boolean;
}

/** The only address that is written to. */
const controlUrl = /^\/api\/searches\/\d{1,15}\/control$/;

/**
 * Lets a request pass or refuses it: 405 for anything but reading and control, 421 for a foreign Host, 403 for a cross-origin request, 401
 * without the token. The token arrives once in the URL that the server prints (`/?token=…`) and stays as a cookie that no script can read
 * and no other site sends; programs send it as `Authorization: Bearer …`.
 */
export function makeGuard({ host, port, token, guardsReading, hasControl }: GuardOptions): Guard {
  const cookie = () => `triscale-${port()}`;

  const holdsToken = ({ headers }: FastifyRequest): boolean => {
    const given = bearer(headers.authorization) ?? cookieValue(headers.cookie, cookie());
    return token !== null && given !== undefined && isSameToken(given, token);
  };

  const check = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const refuse = (status: number, error: string): FastifyReply =>
      status === 401 && isForPeople(request)
        ? reply.code(status).type('text/html; charset=utf-8').send(refusalPage(error, !guardsReading))
        : reply.code(status).send({ error });
    const isControl = hasControl && request.method === 'POST' && controlUrl.test(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD' && !isControl) {
      reply.header('allow', 'GET, HEAD');
      return refuse(405, `expected GET or HEAD, got ${request.method}`);
    }
    const { headers } = request;
    if (!isOwnHost(headers.host, { host, port: port() }))
      return refuse(421, 'the Host header names a different server');
    if (isForeign(headers.origin, headers.host) || headers['sec-fetch-site'] === 'cross-site')
      if (!isNavigation(request)) return refuse(403, 'cross-origin request refused');
    if (token === null) return undefined;

    const offered = (request.query as { token?: unknown }).token;
    if (request.url.startsWith('/?') && typeof offered === 'string') {
      if (!isSameToken(offered, token)) return refuse(401, 'wrong token: each start of the server creates a new one');
      reply.header('set-cookie', `${cookie()}=${token}; HttpOnly; SameSite=Strict; Path=/`);
      return reply.redirect('/', 303);
    }
    if (!guardsReading && !isControl) return undefined;
    return holdsToken(request)
      ? undefined
      : refuse(401, 'open the URL with ?token=… that the server printed at startup');
  };

  return { check, holdsToken };
}

function isForeign(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && origin !== `http://${host}`;
}

/** Following a link from elsewhere to the page itself is no request of the other site's scripts. */
function isNavigation({ headers, url }: FastifyRequest): boolean {
  return headers.origin === undefined && headers['sec-fetch-mode'] === 'navigate' && !url.startsWith('/api/');
}

/** Whether a browser asks for a page, rather than a script for its data. */
function isForPeople({ headers, url }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true && !url.startsWith('/api/');
}

function refusalPage(error: string, mayRead: boolean): string {
  const without = mayRead
    ? '<p><a href="/">View the searches without it</a>; you will not be able to control them.</p>'
    : '';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>Triscale</title>
<h1>This page requires a token</h1>
<p>${error[0]?.toUpperCase()}${error.slice(1)}. Open the URL that <code>triscale dashboard</code> or <code>triscale run --dashboard</code> printed last.</p>
${without}
</html>
`;
}

function bearer(header: string | undefined): string | undefined {
  return header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : undefined;
}

function cookieValue(header: string | undefined, name: string): string | undefined {
  const found = header?.split('; ').find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
