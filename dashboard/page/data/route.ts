/** Which page the address names. It stands behind the #, so that a report from a file has addresses too. */
export interface Route {
  readonly page: 'overview' | 'search' | 'trial';
  readonly searchId: number;
  readonly trialId: string;
  readonly params: URLSearchParams;
}

/** Parses the route of an address; an invalid one leads to the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  const params = new URLSearchParams(query);
  const [, searches, id, trials, trialId] = path.split('/');
  const searchId = Number(id);
  if (searches !== 'searches' || !Number.isInteger(searchId) || searchId < 1)
    return { page: 'overview', searchId: 0, trialId: '', params };
  if (trials !== 'trials' || !trialId) return { page: 'search', searchId, trialId: '', params };
  return { page: 'trial', searchId, trialId: safeDecode(trialId), params };
}

export function searchLink(searchId: number, params?: URLSearchParams): string {
  const query = params?.toString();
  return `#/searches/${searchId}${query ? `?${query}` : ''}`;
}

export function trialLink(searchId: number, trialId: string, params?: URLSearchParams): string {
  const query = params?.toString();
  return `#/searches/${searchId}/trials/${encodeURIComponent(trialId)}${query ? `?${query}` : ''}`;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
