import { useEffect, useLayoutEffect } from 'preact/hooks';
import { focusOn } from './use-kept-focus.js';

/** Where the reader was on a page when leaving it. */
interface Visit {
  scrollY: number;
  /** Selects what had the focus; null for nothing that can be found again. */
  focused: string | null;
  /** How far below the top of the window that was, pixels. */
  top: number;
}

/** How long a revisited page may take to restore its content above the previous scroll position. */
const patienceMs = 3000;

const visits: Visit[] = [];
/** Tells the visits of this load of the page from those of one before, which the browser's history may name too. */
const load = performance.timeOrigin;

/** The visit recorded in the browser's history state; a new one on forward navigation. */
function visitNow(): { visit: Visit; isNew: boolean } {
  const known = history.state?.load === load ? visits[history.state.visit] : undefined;
  if (known) return { visit: known, isNew: false };
  const visit: Visit = { scrollY: 0, focused: null, top: 0 };
  history.replaceState({ load, visit: visits.push(visit) - 1 }, '');
  return { visit, isNew: true };
}

/**
 * Manages focus and scrolling from page to page, which the browser sees as one. A page opened by a link starts at its heading, announced to
 * screen readers; a page returned to is restored as it was left, with the focus on the link that led away. `place` names the page.
 */
export function useVisits(place: string): void {
  useEffect(() => {
    history.scrollRestoration = 'manual';
  }, []);
  // Before the browser tells of the scrolling that another page of another height brings.
  useLayoutEffect(() => {
    const isFirst = visits.length === 0;
    const { visit, isNew } = visitNow();
    let isSettling = true;
    const follow = (): void => {
      if (isSettling) return;
      visit.scrollY = scrollY;
      visit.top = topOf(document.activeElement);
    };
    const remember = ({ target }: FocusEvent): void => {
      visit.focused = selectorOf(target as Element);
      follow();
    };
    const settle = (): void => {
      const main = document.querySelector('main:not([aria-busy])');
      if (!isSettling || !main) return;
      const target = isNew ? main.querySelector('h1') : visit.focused && main.querySelector(visit.focused);
      if (target instanceof HTMLElement && target !== document.activeElement && !isFirst) focusOn(target);
      if (isNew) scrollTo(0, 0);
      else if (target) scrollBy(0, topOf(target) - visit.top);
      else scrollTo(0, visit.scrollY);
      if (isNew) stop();
    };
    const growth = new ResizeObserver(settle);
    const changes = new MutationObserver(settle);
    const stop = (): void => {
      isSettling = false;
      growth.disconnect();
      changes.disconnect();
    };
    const timer = setTimeout(stop, patienceMs);
    growth.observe(document.body);
    changes.observe(document.body, { childList: true, subtree: true });
    settle();
    addEventListener('scroll', follow, { passive: true });
    addEventListener('focusin', remember);
    // From here on, scrolling is the reader's own.
    const own = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;
    for (const name of own) addEventListener(name, stop, { passive: true });
    return () => {
      clearTimeout(timer);
      stop();
      removeEventListener('scroll', follow);
      removeEventListener('focusin', remember);
      for (const name of own) removeEventListener(name, stop);
    };
  }, [place]);
}

function topOf(element: Element | null): number {
  return element?.getBoundingClientRect().top ?? 0;
}

/** Identifies an element across visits of a page: by its link target, or by the name of its chart. */
function selectorOf(element: Element): string | null {
  const href = element.getAttribute('href');
  if (href !== null) return `a[href="${CSS.escape(href)}"]`;
  const { place } = (element as HTMLElement).dataset;
  return place === undefined ? null : `[data-place="${CSS.escape(place)}"]`;
}
