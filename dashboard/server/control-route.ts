import type { FastifyInstance } from 'fastify';
import { parse } from '../../search/base/parse.js';
import type { Access } from '../api.js';
import { type Control, controlSchema } from '../control.js';
import type { Guard } from './guard.js';
import type { ServedStore } from './served-store.js';

export interface ControlParts {
  readonly store: ServedStore;
  readonly guard: Guard;
  readonly control?: Control;
}

const longestBody = 8192;

/** Adds what the page may do: `/api/access` says whether it may, and the one address that is written to does it. */
export function addControlRoute(server: FastifyInstance, { store, guard, control }: ControlParts): void {
  server.get('/api/access', (request, reply) => {
    const access: Access = { control: !control ? 'none' : guard.holdsToken(request) ? 'allowed' : 'needs-token' };
    return reply.header('cache-control', 'no-store').send(access);
  });
  if (!control) return;
  server.post<{ Params: { id: string } }>(
    '/api/searches/:id(^\\d{1,15}$)/control',
    { bodyLimit: longestBody },
    async (request, reply) => {
      const searchId = Number(request.params.id);
      const command = parse(controlSchema, request.body, 'command');
      const obstacle = store.views.obstacle(searchId, command.command);
      if (obstacle === 'unknown') return reply.code(404).send({ error: 'not in this store' });
      if (obstacle !== null) return reply.code(409).send({ error: obstacle });
      return reply.header('cache-control', 'no-store').send(await control(searchId, command));
    },
  );
}
