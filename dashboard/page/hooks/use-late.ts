import { useEffect, useState } from 'preact/hooks';

/**
 * The value, but not before the frame that shows it elsewhere has been painted; null for the first one until then. What lies below the
 * first screen follows what is on it, so that a search of thousands of trials answers at once.
 */
export function useLate<T>(value: T): T | null {
  const [late, setLate] = useState<T | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => setLate(() => value));
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [value]);
  return late;
}
