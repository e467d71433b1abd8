import type { FamilyView, Maybe, SurfaceView } from '../../api.js';
import type { Connection, Source } from './source.js';

const pollMs = 2_000;

/** Reads from the server that the page came from. The browser's cache revalidates, so unchanged answers are not sent again. */
export function httpSource(): Source {
  const search = <T>(id: number, rest: string) => read<T>(`api/searches/${id}/${rest}`);
  return {
    overview: () => read('api/searches'),
    plan: (id) => search(id, 'plan'),
    state: (id, rule) => search(id, rule === null ? 'state' : `state?rule=${encodeURIComponent(rule)}`),
    curves: (id, networkIds) => search(id, `curves?networks=${networkIds.map(encodeURIComponent).join(',')}`),
    surface: async (id) => (await search<Maybe<SurfaceView>>(id, 'surface')).value,
    family: async (id) => (await search<Maybe<FamilyView>>(id, 'family')).value,
    failures: (id) => search(id, 'failures'),
    network: (id, networkId) => search(id, `networks/${encodeURIComponent(networkId)}`),
    trial: (id, trialId) => search(id, `trials/${encodeURIComponent(trialId)}`),
    pictures: (id, trialId) => search(id, `trials/${encodeURIComponent(trialId)}/pictures`),
    pictureUrl: (id, trialId, image) => `api/searches/${id}/trials/${encodeURIComponent(trialId)}/pictures/${image}`,
    access: () => read('api/access'),
    control: (id, command) => send(`api/searches/${id}/control`, command),
    listen,
  };
}

async function read<T>(url: string): Promise<T> {
  const response = await reach(url, { headers: { accept: 'application/json' } });
  if (response.ok) return response.json();
  const { error } = await response.json().catch(() => ({ error: response.statusText }));
  throw new Error(
    response.status === 404 ? 'This page does not exist in the store.' : `The server refused the request: ${error}.`,
  );
}

async function send<T>(url: string, body: object): Promise<T> {
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const response = await reach(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await response.json().catch(() => ({ error: response.statusText }));
  if (response.ok) return answer;
  throw new Error(`Command refused: ${answer.error}.`);
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch {
    throw new Error('The server is not responding. Is `triscale dashboard` still running?');
  }
}

/** Server-sent events, with polling as the fallback. */
function listen(onChange: () => void, onConnection: (connection: Connection) => void): () => void {
  let revision: string | null = null;
  const heard = (current: string): void => {
    // Another server or another store behind the same address: nothing that was read holds.
    if (revision !== null && servedBy(current) !== servedBy(revision)) location.reload();
    else if (revision !== null && current !== revision) onChange();
    revision = current;
  };

  const events = new EventSource('api/events');
  events.onopen = () => onConnection('live');
  events.onmessage = ({ data }) => heard(JSON.parse(data).revision);

  const timer = setInterval(async () => {
    if (events.readyState === EventSource.OPEN) return;
    try {
      heard((await read<{ revision: string }>('api/revision')).revision);
      if (events.readyState !== EventSource.OPEN) onConnection('polling');
    } catch {
      onConnection('offline');
    }
  }, pollMs);

  return () => {
    clearInterval(timer);
    events.close();
  };
}

/** A revision without its count. */
function servedBy(revision: string): string {
  return revision.slice(0, revision.lastIndexOf('-'));
}
