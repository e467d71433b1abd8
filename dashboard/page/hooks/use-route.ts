import { useEffect, useState } from 'preact/hooks';
import { parseRoute, type Route } from '../data/route.js';

/** The address, followed while it changes. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = (): void => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return parseRoute(hash);
}

/** Changes the address without another entry in the history. */
export function replaceParams(params: URLSearchParams): void {
  const [path = ''] = location.hash.split('?');
  const query = params.toString();
  history.replaceState(history.state, '', `${path || '#/'}${query ? `?${query}` : ''}`);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
