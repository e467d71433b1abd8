import type { FastifyInstance } from 'fastify';
import { parse } from '../../search/base/parse.js';
import { type CommandResult, commandSchema, type SearchCommand } from '../../search/plan/command.js';
import type { Access } from '../api.js';
import type { Guard } from './guard.js';
import type { ServedStore } from './served-store.js';

/** Carries out a command on a search of the store; throws an `InputError` that says why not. The dashboard itself only reads. */
export type Control = (searchId: number, command: SearchCommand) => Promise<CommandResult>;

export interface ControlParts {
  readonly store: ServedStore;
  readonly guard: Guard;
  readonly control?: Control;
}

const longestBody = 8192;

/** Adds the one address that accepts writes, and `/api/access`, which says whether the page may use it. */
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
      const command = parse(commandSchema, request.body, 'command');
      const obstacle = store.views.obstacle(searchId, command.command);
      if (obstacle === 'unknown') return reply.code(404).send({ error: 'not in this store' });
      if (obstacle !== null) return reply.code(409).send({ error: obstacle });
      return reply.header('cache-control', 'no-store').send(await control(searchId, command));
    },
  );
}
