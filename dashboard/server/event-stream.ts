import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Revision } from './revision.js';

const mostClients = 200;
const heartbeatMs = 15_000;
/** A client with this many unread bytes is gone or too slow; it will reconnect. */
const mostUnreadBytes = 16_384;

/** Server-sent events: each client gets the revision when it connects and whenever it changes. */
export class EventStream {
  private readonly clients = new Set<ServerResponse>();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(private readonly revision: Revision) {
    revision.on('change', () => this.broadcast(this.message()));
    this.heartbeat = setInterval(() => this.broadcast(': still here\n\n'), heartbeatMs);
    this.heartbeat.unref();
  }

  open(reply: FastifyReply): FastifyReply {
    if (this.clients.size >= mostClients)
      return reply
        .code(503)
        .header('retry-after', '30')
        .send({ error: `${mostClients} pages are already connected` });
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.write(this.message());
    this.clients.add(response);
    response.on('close', () => this.clients.delete(response));
    return reply;
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const client of this.clients) client.end();
  }

  private message(): string {
    return `data: ${JSON.stringify({ revision: this.revision.current })}\n\n`;
  }

  private broadcast(text: string): void {
    for (const client of this.clients) {
      if (client.writableLength > mostUnreadBytes) client.destroy();
      else client.write(text);
    }
  }
}
