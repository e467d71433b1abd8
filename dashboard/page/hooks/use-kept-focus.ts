import { useEffect } from 'preact/hooks';

/** Labelled groups: each is a place where keyboard navigation can continue. */
const groups = '[aria-label], [aria-labelledby], main, body';

/**
 * Keeps the keyboard's place. When the focused element is removed or disabled, by an answer, the reader or a new result, its group takes the
 * focus, so that Tab continues from there rather than from the top.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let path: readonly Element[] = [];
    const follow = ({ target }: FocusEvent): void => {
      path = ancestorsOf(target as Element);
    };
    // A press on an empty place takes the focus away by intent.
    const forget = (): void => {
      path = [];
    };
    const keep = (): void => {
      const [last, ...around] = path;
      if (!last || document.activeElement !== document.body || (last.isConnected && !last.matches(':disabled'))) return;
      const group = around.find((element) => element.isConnected && element.matches(groups));
      path = [];
      if (group instanceof HTMLElement && group !== document.body) focusOn(group);
    };
    const changes = new MutationObserver(keep);
    changes.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
    document.addEventListener('focusin', follow);
    document.addEventListener('pointerdown', forget);
    return () => {
      changes.disconnect();
      document.removeEventListener('focusin', follow);
      document.removeEventListener('pointerdown', forget);
    };
  }, []);
}

/** Focuses any element, without adding it to the tab order. */
export function focusOn(element: HTMLElement): void {
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

function ancestorsOf(element: Element): Element[] {
  const path: Element[] = [];
  for (let at: Element | null = element; at; at = at.parentElement) path.push(at);
  return path;
}
