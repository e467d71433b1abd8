import { useEffect, useRef, useState } from 'preact/hooks';

/** A resource that is being loaded. The previous value stays while it reloads. */
export interface Resource<T> {
  readonly value: T | null;
  readonly error: string | null;
}

/** Reads when `key` or `revision` changes. A new key empties the value, a new revision refreshes it. */
export function useResource<T>(key: string, revision: number, read: () => Promise<T>): Resource<T> {
  const [state, setState] = useState<Resource<T> & { readonly key: string }>({ key, value: null, error: null });
  const latest = useRef(0);
  // The key names what `read` reads, and a revision means to read it again.
  useEffect(() => {
    const turn = ++latest.current;
    read().then(
      (value) => {
        if (turn === latest.current) setState({ key, value, error: null });
      },
      (cause: Error) => {
        if (turn === latest.current)
          setState((before) => ({ key, value: before.key === key ? before.value : null, error: cause.message }));
      },
    );
  }, [key, revision]);
  return state.key === key ? state : { value: null, error: null };
}

/** Names the page in the window's title and in the browser's history, the narrowest part first. */
export function useTitle(...parts: readonly string[]): void {
  const title = [...parts, 'Triscale'].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
