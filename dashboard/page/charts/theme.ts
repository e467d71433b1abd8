import { useEffect, useState } from 'preact/hooks';

/** Colours and type of the charts, read from the style sheet so that there is one place for them. */
export interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
  readonly searched: string;
  readonly depth: string;
  readonly width: string;
  readonly resolution: string;
  readonly baseline: string;
  readonly chosen: string;
  readonly limit: string;
  readonly published: string;
  readonly completed: string;
  readonly running: string;
  readonly queued: string;
  readonly paused: string;
  readonly failed: string;
  readonly cancelled: string;
  readonly font: string;
  /** Places on the scale of colours between which ranked lines lie, the first first. */
  readonly ranks: readonly [first: number, last: number];
}

/** The name of a colour of the theme. */
export type ColourName = Exclude<keyof Theme, 'font' | 'ranks'>;

export type Scheme = 'auto' | 'light' | 'dark';

const darkQuery = matchMedia('(prefers-color-scheme: dark)');
const storageKey = 'triscale-scheme';

function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: value('--ink'),
    muted: value('--muted'),
    grid: value('--grid'),
    surface: value('--surface'),
    searched: value('--searched'),
    depth: value('--depth'),
    width: value('--width'),
    resolution: value('--resolution'),
    baseline: value('--baseline'),
    chosen: value('--chosen'),
    limit: value('--limit'),
    published: value('--published'),
    completed: value('--completed'),
    running: value('--running'),
    queued: value('--queued'),
    paused: value('--paused'),
    failed: value('--failed'),
    cancelled: value('--cancelled'),
    font: value('--font'),
    ranks: [Number(value('--rank-first')), Number(value('--rank-last'))],
  };
}

/** The scheme that the reader chose, kept between visits where the browser allows it, and the theme that follows from it. */
export function useTheme(): { theme: Theme; scheme: Scheme; choose: (scheme: Scheme) => void } {
  const [scheme, setScheme] = useState<Scheme>(storedScheme);
  const [theme, setTheme] = useState(() => {
    applyScheme(scheme);
    return readTheme();
  });
  useEffect(() => {
    const apply = (): void => {
      applyScheme(scheme);
      setTheme(readTheme());
    };
    apply();
    darkQuery.addEventListener('change', apply);
    return () => darkQuery.removeEventListener('change', apply);
  }, [scheme]);
  return {
    theme,
    scheme,
    choose: (next) => {
      store(next);
      setScheme(next);
    },
  };
}

function applyScheme(scheme: Scheme): void {
  const isDark = scheme === 'dark' || (scheme === 'auto' && darkQuery.matches);
  document.documentElement.dataset.scheme = isDark ? 'dark' : 'light';
}

/** A page from a file may have no storage. */
function storedScheme(): Scheme {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === 'light' || stored === 'dark' ? stored : 'auto';
  } catch {
    return 'auto';
  }
}

function store(scheme: Scheme): void {
  try {
    localStorage.setItem(storageKey, scheme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
