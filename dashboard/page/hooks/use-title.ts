import { useEffect } from 'preact/hooks';

/** Names the page in the window's title and in the browser's history, the narrowest part first. */
export function useTitle(...parts: readonly string[]): void {
  const title = [...parts, 'Triscale'].join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
