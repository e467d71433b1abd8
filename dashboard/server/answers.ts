import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Revision } from './revision.js';

/**
 * How long an answer is valid: for ever, for one revision, or longer than a revision because its view caches it, so that recomputing it
 * costs next to nothing.
 */
export type Holds = 'ever' | 'revision' | 'longer';

interface Answer {
  /** The revision that it was computed at; null when it never changes. */
  readonly revision: string | null;
  readonly body: Buffer;
  readonly etag: string;
  /** Whether it stands in the place of an answer of an earlier revision. */
  readonly recurs: boolean;
  gzipped: Buffer | null;
}

const mostKept = 64;
const worthGzipBytes = 4096;

/** JSON answers, each computed once per revision however many pages request it, and sent only to clients whose copy is stale. */
export class Answers {
  private readonly kept = new Map<string, Answer>();

  constructor(private readonly revision: Revision) {}

  /** Sends what `compute` returns for an address, 404 for null. */
  send(
    request: FastifyRequest,
    reply: FastifyReply,
    compute: () => object | null,
    holds: Holds = 'revision',
  ): FastifyReply {
    const answer = this.answer(`${this.revision.served} ${request.url}`, compute, holds);
    if (!answer) return reply.code(404).send({ error: 'not in this store' });
    reply.header('cache-control', 'no-cache').header('etag', answer.etag).header('vary', 'accept-encoding');
    if (request.headers['if-none-match'] === answer.etag) return reply.code(304).send();
    reply.type('application/json; charset=utf-8');
    if (answer.body.length < worthGzipBytes || !request.headers['accept-encoding']?.includes('gzip'))
      return reply.send(answer.body);
    answer.gzipped ??= this.timed(answer.recurs, () => compress(answer.body));
    return reply.header('content-encoding', 'gzip').send(answer.gzipped);
  }

  /** Computes an answer in advance, so that the first page need not wait. */
  prepare(url: string, compute: () => object | null): void {
    const answer = this.answer(`${this.revision.served} ${url}`, compute, 'revision');
    if (answer && answer.body.length >= worthGzipBytes) answer.gzipped ??= compress(answer.body);
  }

  private answer(key: string, compute: () => object | null, holds: Holds): Answer | null {
    const known = this.kept.get(key);
    if (known && (known.revision === null || known.revision === this.revision.current)) return known;
    this.kept.delete(key);
    const { current } = this.revision;
    // An answer that a page reads only once, on opening, does not recur with every revision.
    const recurs = known !== undefined && holds === 'revision';
    const body = this.timed(recurs, () => {
      const value = compute();
      return value && Buffer.from(JSON.stringify(value));
    });
    if (!body) return null;
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const answer: Answer = { revision: holds === 'ever' ? null : current, body, etag, recurs, gzipped: null };
    this.kept.set(key, answer);
    const [oldest] = this.kept.keys();
    if (this.kept.size > mostKept && oldest !== undefined) this.kept.delete(oldest);
    return answer;
  }

  private timed<T>(recurs: boolean, work: () => T): T {
    const begun = performance.now();
    try {
      return work();
    } finally {
      if (recurs) this.revision.spent(performance.now() - begun);
    }
  }
}

function compress(body: Buffer): Buffer {
  return gzipSync(body, { level: 1 });
}
