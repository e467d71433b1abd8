import { useMemo } from 'preact/hooks';
import type { SearchCard } from '../../api.js';
import { meanText, sureText } from '../data/describe.js';
import { bytes, coefficient, exact, moment, plural, timeLeftText } from '../data/format.js';
import { searchLink } from '../data/route.js';
import { trialStates } from '../data/settings.js';
import { useResource, useTitle } from '../hooks/use-resource.js';
import { SimulatedBadge, StateBadge } from '../parts/badges.js';
import { Empty } from '../parts/panel.js';
import { Trouble, Waiting } from '../parts/placeholder.js';
import type { PageProps } from '../search/search-page.js';
import { SearchesPanel } from './searches-panel.js';

/** The searches of the store. */
export function OverviewPage({ source, revision, theme }: PageProps) {
  const { value, error } = useResource('overview', revision, () => source.overview());
  useTitle(...(value ? [value.store] : []));
  const searches = useMemo(() => value?.searches.toReversed() ?? [], [value]);
  if (!value) return error ? <Trouble what={error} /> : <Waiting what="Loading the store…" />;
  return (
    <main>
      <header class="search-head">
        <p class="eyebrow">{value.store}</p>
        <h1>{plural(value.searches.length, 'search', 'searches')}</h1>
        {value.bytes !== null && (
          <p class="facts">
            <span>{bytes(value.bytes)} on disk</span>
            {value.freeBytes !== null && <span>{bytes(value.freeBytes)} free</span>}
          </p>
        )}
      </header>
      {error && <p class="error">{error} What follows is out of date.</p>}
      {value.searches.length === 0 && (
        <Empty>
          This store has no searches yet. <code>triscale run FILE</code> adds one.
        </Empty>
      )}
      {searches.length > 0 && <SearchesPanel store={value.store} searches={searches} theme={theme} />}
      <div class="cards">
        {searches.map((search) => (
          <Card key={search.id} search={search} />
        ))}
      </div>
    </main>
  );
}

function Card({ search }: { search: SearchCard }) {
  const { trials, choice, best, tieSet, timeLeft, hosts } = search;
  const total = trialStates.reduce((sum, state) => sum + trials[state], 0);
  const shown = choice ?? best;
  return (
    <article class="card" aria-labelledby={`search-${search.id}`}>
      <p class="eyebrow">
        {search.name} <StateBadge state={search.state} /> {search.simulated && <SimulatedBadge />}
      </p>
      <h2 id={`search-${search.id}`}>
        <a href={searchLink(search.id)}>{search.question}</a>
      </h2>
      <Progress trials={trials} failures={search.failures} total={total} />
      {shown ? (
        <p class="card-answer">
          <span>
            α <b>{coefficient(shown.coefficients.alpha)}</b> β <b>{coefficient(shown.coefficients.beta)}</b> γ{' '}
            <b>{coefficient(shown.coefficients.gamma)}</b>
          </span>
          <span>
            <b>{meanText(shown.estimate)}</b> <span class="note">{sureText(shown.estimate)}</span>
          </span>
          <span class="note">
            {tieSet > 1 ? `chosen among ${plural(tieSet, 'tied candidate')}` : 'no other candidate is tied'}
          </span>
          {best && best.networkId !== shown.networkId && (
            <span class="note">
              best so far {meanText(best.estimate)}, {sureText(best.estimate)}
            </span>
          )}
        </p>
      ) : (
        <p class="note">No candidate has a result yet.</p>
      )}
      <p class="facts">
        <span>{plural(search.networks, 'network')}</span>
        <span>planned {moment(search.createdMs)}</span>
        {timeLeft !== null && <span>about {timeLeftText(timeLeft)}</span>}
        {hosts.length > 0 && (
          <span>
            {plural(trials.running, 'trial')} running on {hosts.join(', ')}
          </span>
        )}
        <span>
          plan <code>{search.hash.slice(0, 12)}</code>
        </span>
      </p>
    </article>
  );
}

function Progress({ trials, failures, total }: Pick<SearchCard, 'trials' | 'failures'> & { total: number }) {
  const present = trialStates.filter((state) => trials[state] > 0);
  let from = 0;
  return (
    <div class="progress">
      <svg viewBox={`0 0 ${Math.max(1, total)} 1`} preserveAspectRatio="none" aria-hidden="true">
        {present.map((state) => {
          const x = from;
          from += trials[state];
          return <rect key={state} class={`bar-${state}`} x={x} width={trials[state]} height="1" />;
        })}
      </svg>
      <ul>
        {present.map((state) => (
          <li key={state} class={`count-${state}`}>
            <b>{exact(trials[state])}</b> {state}
            {state === 'failed' && ` (${failures.map(([outcome, n]) => `${exact(n)} ${outcome}`).join(', ')})`}
          </li>
        ))}
      </ul>
    </div>
  );
}
