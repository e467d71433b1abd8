import type { AddressInfo } from 'node:net';
import path from 'node:path';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import { InputError, show } from '../../search/base/errors.js';
import type { PictureSource } from '../views/pictures.js';
import { isLoopback, originOf } from './address.js';
import { Answers } from './answers.js';
import { addApiRoutes, type CoefficientsSource } from './api-routes.js';
import { addControlRoute, type Control } from './control-route.js';
import { EventStream } from './event-stream.js';
import { makeGuard } from './guard.js';
import { addPageFiles } from './page-files.js';
import { addPictureRoutes } from './picture-routes.js';
import { Revision } from './revision.js';
import { ServedStore } from './served-store.js';
import { makeToken } from './token.js';

export interface ServerOptions {
  /** The SQLite file; opened read-only. */
  readonly store: string;
  /** Default 127.0.0.1, which only this machine reaches. Any other address asks for the token. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Carries out the page's commands for holders of the token; absent: the page is read-only. */
  readonly control?: Control;
  /** Writes out the chosen coefficients for download; absent: that address answers 404. */
  readonly coefficients?: CoefficientsSource;
  /** Makes pictures of misclassified images; absent: the page says that there are none. */
  readonly pictures?: PictureSource;
  /** Needed for control, and for reading where the address is not loopback; generated when absent. */
  readonly token?: string;
  /** Where the built page lies; default beside the built server. */
  readonly pageFolder?: string;
  /** How long a client may take to send its request; default 10 seconds. */
  readonly requestMs?: number;
  /** Receives internal errors; the client only learns that there was one. */
  readonly onError?: (error: unknown) => void;
}

export interface DashboardServer {
  /** Address to open, with the token when reading needs one. */
  readonly url: string;
  /** Address that lets the search be controlled from the page; null where it cannot be. */
  readonly controlUrl: string | null;
  readonly token: string | null;
  close(): Promise<void>;
}

/** Requests of one address in ten seconds: a hundred pages that read five answers at every revision are below it. */
const mostRequests = { max: 6000, timeWindow: 10_000 };

/**
 * Serves the dashboard of a store until `close`. Throws `missing-file` or `bad-store` for a store that cannot be read, and `bad-value`
 * for an address or a port that is taken or not this machine's.
 */
export async function startServer(options: ServerOptions): Promise<DashboardServer> {
  const { host = '127.0.0.1', port = 0, pageFolder = path.join(import.meta.dirname, '../page') } = options;
  const { control } = options;
  const guardsReading = options.token !== undefined || !isLoopback(host);
  const token = options.token ?? (guardsReading || control ? makeToken() : null);
  const store = new ServedStore(options.store, options.pictures);
  const revision = new Revision(store);
  const events = new EventStream(revision);
  const server = makeServer(options.requestMs ?? 10_000);
  const boundPort = (): number => (server.server.address() as AddressInfo).port;

  let preparing: NodeJS.Immediate | undefined;
  const close = async (): Promise<void> => {
    clearImmediate(preparing);
    events.close();
    revision.close();
    await server.close();
    store.close();
  };

  try {
    await server.register(helmet, helmetOptions);
    await server.register(rateLimit, mostRequests);
    const guard = makeGuard({ host, port: boundPort, token, guardsReading, hasControl: control !== undefined });
    server.addHook('onRequest', guard.check);
    addPageFiles(server, pageFolder);
    const answers = new Answers(revision);
    addApiRoutes(server, { ...options, store, answers, revision, events, pageFolder });
    addPictureRoutes(server, store);
    addControlRoute(server, { store, guard, ...(control ? { control } : {}) });
    addErrorAnswers(server, options.onError ?? (() => undefined));
    await server.listen({ host, port });
    preparing = setImmediate(() => prepareLatest(answers, store));
  } catch (error) {
    await close();
    throw explained(error, host, port);
  }
  const origin = originOf(host, boundPort());
  const withToken = token === null ? null : `${origin}/?token=${encodeURIComponent(token)}`;
  return {
    url: guardsReading && withToken ? withToken : `${origin}/`,
    controlUrl: control ? withToken : null,
    token,
    close,
  };
}

/** Computes what the browser will request first, while it starts. An error here surfaces again in that request. */
function prepareLatest(answers: Answers, store: ServedStore): void {
  try {
    const { views } = store;
    const overview = views.overview();
    answers.prepare('/api/searches', () => overview);
    const id = overview.searches.at(-1)?.id;
    if (id === undefined) return;
    answers.prepare(`/api/searches/${id}/plan`, () => views.plan(id));
    answers.prepare(`/api/searches/${id}/state`, () => views.state(id));
  } catch {
    // Thrown here it would end the process, and with it the search that runs there; the request meets it again.
  }
}

/** Bodies and headers are limited in size, and slow senders are cut off. */
function makeServer(requestMs: number): FastifyInstance {
  return fastify({
    bodyLimit: 1024,
    requestTimeout: requestMs,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    http: { maxHeaderSize: 16_384, headersTimeout: requestMs, connectionsCheckingInterval: requestMs / 4 },
  });
}

/** Only our own files: no inline scripts or styles, no frames, no other hosts. */
const helmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:', 'blob:'],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  },
  hsts: false,
};

function addErrorAnswers(server: FastifyInstance, onError: (error: unknown) => void): void {
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not found' }));
  server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof InputError) return reply.code(400).send({ error: error.message });
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send({ error: error.message });
    onError(error);
    return reply.code(500).send({ error: 'internal error of the dashboard; see its terminal' });
  });
}

function explained(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE')
    return new InputError('bad-value', `port ${port} is already in use; give another --port`, { cause: error });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new InputError('bad-value', `--host: expected an address of this machine, got ${show(host)}`, {
      cause: error,
    });
  if (code === 'EACCES')
    return new InputError(
      'bad-value',
      `port ${port} needs privileges that this user does not have; give another --port`,
      {
        cause: error,
      },
    );
  return error;
}
