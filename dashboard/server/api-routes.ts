import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { lookup } from '../../search/base/errors.js';
import { choiceRules } from '../../search/evidence/choice.js';
import type { ReportData } from '../api.js';
import { reportData, reportHtml } from '../report.js';
import type { PictureSource } from '../views/pictures.js';
import { isQuickToReport } from '../views/report-size.js';
import type { Answers, Holds } from './answers.js';
import type { EventStream } from './event-stream.js';
import type { Revision } from './revision.js';
import type { ServedStore } from './served-store.js';

/** The chosen coefficients of a search as a JSON file with its name; null while nothing can be chosen. */
export type CoefficientsSource = (searchId: number) => { readonly name: string; readonly content: string } | null;

export interface ApiParts {
  readonly store: ServedStore;
  readonly answers: Answers;
  readonly revision: Revision;
  readonly events: EventStream;
  readonly pictures?: PictureSource | undefined;
  readonly coefficients?: CoefficientsSource | undefined;
  /** Where the built page lies, which a report carries. */
  readonly pageFolder: string;
}

interface SearchRequest {
  Params: { id: string; part?: string };
  Querystring: { rule?: string; networks?: string };
}

const mostNetworks = 64;

const querystring = {
  type: 'object',
  properties: { rule: { type: 'string', maxLength: 64 }, networks: { type: 'string', maxLength: 4096 } },
};

/** Adds the addresses that the page reads; their types are in `api.ts`. */
export function addApiRoutes(
  server: FastifyInstance,
  { store, answers, revision, events, pictures, coefficients, pageFolder }: ApiParts,
): void {
  const search = '/api/searches/:id(^\\d{1,15}$)';
  const get = (
    url: string,
    compute: (request: FastifyRequest<SearchRequest>, searchId: number) => object | null,
    holds?: Holds,
  ): void => {
    server.get<SearchRequest>(url, { schema: { querystring } }, (request, reply: FastifyReply) =>
      answers.send(request, reply, () => compute(request, Number(request.params.id)), holds),
    );
  };

  get('/api/searches', () => store.views.overview());
  // Replication adds trials to a plan, so the answer can change.
  get(`${search}/plan`, (_request, id) => store.views.plan(id));
  get(`${search}/state`, ({ query: { rule } }, id) => {
    if (rule !== undefined) lookup(choiceRules, rule, 'rule');
    return store.views.state(id, rule);
  });
  get(`${search}/curves`, ({ query: { networks } }, id) =>
    store.views.curves(id, new Set((networks ?? '').split(',').slice(0, mostNetworks))),
  );
  get(`${search}/surface`, (_request, id) => store.views.surface(id), 'longer');
  get(`${search}/family`, (_request, id) => store.views.family(id), 'longer');
  get(`${search}/failures`, (_request, id) => store.views.failures(id));
  get(`${search}/networks/:part`, ({ params }, id) => store.views.network(id, params.part ?? ''), 'ever');
  get(`${search}/trials/:part`, ({ params }, id) => store.views.trial(id, params.part ?? ''));

  server.get<SearchRequest>(`${search}/report`, async (request, reply) => {
    const id = Number(request.params.id);
    const { views } = store;
    const plan = views.plan(id);
    if (!plan) return reply.code(404).send({ error: 'not in this store' });
    if (!isQuickToReport(plan))
      return reply.code(409).send({ error: 'too large to generate here; use `triscale report`' });
    const data = (await reportData(views, id, pictures)) as ReportData;
    const html = reportHtml(data, pageFolder);
    return reply
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="search-${data.plan.hash.slice(0, 8)}.html"`)
      .type('text/html; charset=utf-8')
      .send(html);
  });

  server.get<SearchRequest>(`${search}/coefficients`, (request, reply) => {
    const file = store.views.plan(Number(request.params.id)) && coefficients?.(Number(request.params.id));
    if (!file) return reply.code(404).send({ error: 'nothing has been chosen yet' });
    return reply
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="${file.name}"`)
      .type('application/json; charset=utf-8')
      .send(file.content);
  });

  server.get('/api/revision', (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ revision: revision.current }),
  );
  server.get('/api/events', (_request, reply) => events.open(reply));
}
