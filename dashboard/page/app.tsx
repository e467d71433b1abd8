import { useEffect, useState } from 'preact/hooks';
import { type Scheme, useTheme } from './charts/theme.js';
import { useKeptFocus } from './hooks/use-kept-focus.js';
import { useRoute } from './hooks/use-route.js';
import { useVisits } from './hooks/use-visits.js';
import { OverviewPage } from './overview/overview-page.js';
import { SearchPage } from './search/search-page.js';
import type { Connection, Source } from './source/source.js';
import { TrialPage } from './trial/trial-page.js';

const pages = { overview: OverviewPage, search: SearchPage, trial: TrialPage } as const;

const connectionText: Readonly<Record<Connection, string>> = {
  live: 'live',
  polling: 'live, by polling',
  offline: 'server not responding',
  report: 'report',
};

/** The page that the address names, reloaded whenever the source reports a change. */
export function App({ source }: { source: Source }) {
  const route = useRoute();
  const { theme, scheme, choose } = useTheme();
  const [revision, setRevision] = useState(0);
  const [connection, setConnection] = useState<Connection>('live');
  useEffect(() => source.listen(() => setRevision((before) => before + 1), setConnection), [source]);

  const place = `${route.page} ${route.searchId} ${route.trialId}`;
  useVisits(place);
  useKeptFocus();

  const Page = pages[route.page];
  const isReport = connection === 'report';
  return (
    <>
      <header class="top">
        <a class="brand" href="#/">
          <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
            <path d="M16 4 29 27H3Z" />
            <circle cx="16" cy="19" r="3.5" />
          </svg>
          Triscale
        </a>
        <span class={`connection connection-${connection}`} role="status">
          {connectionText[connection]}
        </span>
        <label class="choice">
          <span>Theme</span>
          <select value={scheme} onChange={(event) => choose(event.currentTarget.value as Scheme)}>
            <option value="auto">system</option>
            <option value="light">light</option>
            <option value="dark">dark</option>
          </select>
        </label>
      </header>
      <Page key={place} source={source} route={route} revision={revision} theme={theme} isReport={isReport} />
    </>
  );
}
