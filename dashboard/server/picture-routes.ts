import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ServedStore } from './served-store.js';

interface PictureRequest {
  Params: { id: string; trial: string; image: string };
}

/**
 * Adds the pictures of the images that a trial gets wrong. Nothing of a request reaches the disk: it names a place in the validation split, and
 * only places that the store lists for that trial are answered. Every picture is asked for again by its hash, since another store may be served here tomorrow.
 */
export function addPictureRoutes(server: FastifyInstance, store: ServedStore): void {
  const trial = '/api/searches/:id(^\\d{1,15}$)/trials/:trial/pictures';
  server.get<PictureRequest>(trial, async ({ params }, reply) => {
    const view = await store.pictures.view(Number(params.id), params.trial);
    if (!view) return reply.code(404).send({ error: 'not in this store' });
    return reply.header('cache-control', 'no-store').send(view);
  });
  server.get<PictureRequest>(`${trial}/:image(^\\d{1,9}$)`, async ({ params, headers }, reply) => {
    const png = await store.pictures.png(Number(params.id), params.trial, Number(params.image));
    if (!png) return reply.code(404).send({ error: 'no such image' });
    const etag = `"${createHash('sha256').update(png).digest('base64url').slice(0, 22)}"`;
    reply.header('cache-control', 'private, no-cache').header('etag', etag);
    if (headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type('image/png').send(png);
  });
}
