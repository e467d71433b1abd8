import { useMemo, useRef } from 'preact/hooks';
import type { SearchCard } from '../../api.js';
import { ChartView } from '../charts/chart.js';
import { searchesChart } from '../charts/searches.js';
import type { Theme } from '../charts/theme.js';
import { plural } from '../data/format.js';
import { searchLink } from '../data/route.js';
import { Key } from '../parts/controls.js';
import { Panel } from '../parts/panel.js';

/** Beyond this many rows the chart is too crowded to read. */
const mostDrawn = 30;

interface SearchesPanelProps {
  readonly store: string;
  /** The newest first. */
  readonly searches: readonly SearchCard[];
  readonly theme: Theme;
}

/** The searches of the store beside one another: how accurate their choices are, and how far each of them is. */
export function SearchesPanel({ store, searches, theme }: SearchesPanelProps) {
  const drawing = useRef<HTMLDivElement>(null);
  const drawn = useMemo(() => searches.slice(0, mostDrawn), [searches]);
  const { config, points, heightPx, states, hasRival } = useMemo(
    () => searchesChart(drawn, theme, ({ id }) => searchLink(id)),
    [drawn, theme],
  );
  return (
    <Panel
      id="searches"
      title="Compare searches"
      note={`The choice of each search with its 95 % interval, and its trials by state. Accuracies on different datasets are not comparable.${
        searches.length > mostDrawn ? ` The latest ${mostDrawn} of ${searches.length} are drawn.` : ''
      }`}
      exports={{
        search: { name: store, hash: '' },
        panel: 'searches',
        rows: () => searches.map(searchRow),
        drawing,
      }}
    >
      <div ref={drawing}>
        <ChartView
          key={theme.ink}
          config={config}
          points={points}
          heightPx={heightPx}
          label="Compare searches"
          summary={`${plural(drawn.length, 'search', 'searches')}, newest first.`}
        />
        <ul class="legend">
          <Key glyph="chosen">chosen</Key>
          {hasRival && <Key glyph="rejected">best so far, where it is not the choice</Key>}
          {states.map((state) => (
            <li key={state} class={`count-${state} swatch`}>
              {state}
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}

function searchRow({ id, hash, name, question, simulated, createdMs, state, trials, ...rest }: SearchCard) {
  const { networks, tieSet, timeLeft, choice, best } = rest;
  const shown = choice ?? best;
  return {
    search: id,
    name,
    hash,
    question,
    simulated: String(simulated),
    createdMs,
    state,
    networks,
    ...trials,
    failures: rest.failures.map(([outcome, n]) => `${n} ${outcome}`).join(', '),
    alpha: shown?.coefficients.alpha ?? null,
    beta: shown?.coefficients.beta ?? null,
    gamma: shown?.coefficients.gamma ?? null,
    meanAccuracy: shown?.estimate.mean ?? null,
    interval95Low: shown?.estimate.interval?.[0] ?? null,
    interval95High: shown?.estimate.interval?.[1] ?? null,
    seedsFinished: shown?.estimate.n ?? null,
    bestMeanAccuracy: best?.estimate.mean ?? null,
    tieSet,
    expectedMsLeft: timeLeft?.expectedMs ?? null,
  };
}
