import { useState } from 'preact/hooks';

const kept = new Map<string, unknown>();

/** A state that outlives what it belongs to, as long as the page is open: who comes back finds it as it was. The key names it. */
export function useKept<T>(key: string, initial: () => T): [T, (next: T | ((before: T) => T)) => void] {
  const [value, setValue] = useState<T>(() => (kept.has(key) ? (kept.get(key) as T) : initial()));
  const set = (next: T | ((before: T) => T)): void =>
    setValue((before) => {
      const after = next instanceof Function ? next(before) : next;
      kept.set(key, after);
      return after;
    });
  return [value, set];
}
