import { useEffect } from 'preact/hooks';

/** Groups that say what they are; each is a place to go on from by keyboard. */
const groups = '[aria-label], [aria-labelledby], main, body';

/**
 * Keeps the keyboard where it is. When what has the focus is taken off the page or switched off, by an answer, by the reader or by a new
 * result, the group that it stood in takes the focus in its place, so that Tab goes on from there and not from the top.
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

/** Focuses also what is no control, without bringing it into the order of Tab. */
export function focusOn(element: HTMLElement): void {
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

function ancestorsOf(element: Element): Element[] {
  const path: Element[] = [];
  for (let at: Element | null = element; at; at = at.parentElement) path.push(at);
  return path;
}
