import { useMemo, useState } from 'preact/hooks';
import type { NetworkPage, PicturesView, PlanView, StateView, TrialPage as TrialPageData } from '../../api.js';
import { coefficientsText, networkLines, verdictText } from '../data/describe.js';
import { buildRows, type NetworkRow } from '../data/model.js';
import { searchLink, trialLink } from '../data/route.js';
import { useResource, useTitle } from '../hooks/use-resource.js';
import { SimulatedBadge } from '../parts/badges.js';
import { Trouble, Waiting } from '../parts/placeholder.js';
import type { PageProps } from '../search/search-page.js';
import { AttemptsPanel } from './attempts-panel.js';
import type { ClassPair } from './class-pair.js';
import { ConfusionPanel } from './confusion-panel.js';
import { MistakesPanel } from './mistakes-panel.js';
import { NetworkPanel } from './network-panel.js';
import { TrainingPanel } from './training-panel.js';
import { TrialFacts } from './trial-facts.js';

/** One trial: the network that was trained, how the training went, and each attempt at it. */
export function TrialPage({ source, route, revision, theme }: PageProps) {
  const { searchId, trialId } = route;
  const plan = useResource(`plan ${searchId}`, 0, () => source.plan(searchId));
  const state = useResource(`state ${searchId} null`, revision, () => source.state(searchId, null));
  const trial = useResource(`trial ${searchId} ${trialId}`, revision, () => source.trial(searchId, trialId));
  const networkId = trial.value?.networkId;
  const network = useResource(`network ${searchId} ${networkId}`, 0, async () =>
    networkId === undefined ? null : source.network(searchId, networkId),
  );
  const hasMistakes = Boolean(trial.value?.mistakes);
  const pictures = useResource(`pictures ${searchId} ${trialId} ${hasMistakes}`, 0, async () =>
    hasMistakes ? source.pictures(searchId, trialId) : null,
  );
  useTitle(`Trial ${trialId}`, ...(plan.value ? [plan.value.name] : []));
  const error = plan.error ?? state.error ?? trial.error ?? network.error;
  if (!plan.value || !state.value || !trial.value || !network.value)
    return error ? <Trouble what={error} /> : <Waiting what="Loading the trial…" />;
  return (
    <Trial
      plan={plan.value}
      state={state.value}
      page={trial.value}
      network={network.value}
      source={source}
      pictures={pictures.error ? unreadable(pictures.error) : pictures.value}
      theme={theme}
      error={trial.error}
    />
  );
}

/** Placeholder where the server could not say why the images are missing. */
function unreadable(error: string): PicturesView {
  return { classes: null, sidePx: null, missing: error.replace(/\.$/, '') };
}

interface TrialProps extends Pick<PageProps, 'theme' | 'source'> {
  readonly plan: PlanView;
  readonly state: StateView;
  readonly page: TrialPageData;
  readonly network: NetworkPage;
  /** Null while it is being read. */
  readonly pictures: PicturesView | null;
  readonly error: string | null;
}

function Trial({ plan, state, page, network, source, pictures, theme, error }: TrialProps) {
  const [pair, setPair] = useState<ClassPair | null>(null);
  const row = useMemo(
    () => buildRows(plan, state).networks.find(({ id }) => id === page.networkId) as NetworkRow,
    [plan, state, page.networkId],
  );
  return (
    <main>
      <header class="search-head">
        <p class="eyebrow">
          <a href={searchLink(plan.id)}>{plan.name}</a> / trial <code>{page.id}</code>{' '}
          {plan.simulated && <SimulatedBadge />}
        </p>
        <h1>{coefficientsText(row)}</h1>
        <p class="facts">
          {networkLines(row)
            .slice(1, 4)
            .flatMap((line) => line.split(' · '))
            .map((line) => (
              <span key={line}>{line}</span>
            ))}
          <span>
            {verdictText[row.verdict]}
            {row.reason && `: ${row.reason}`}
          </span>
        </p>
        <nav class="seeds" aria-label="Seeds of this network">
          {row.trials.map(({ id, replicate, trial }) => (
            <a key={id} href={trialLink(plan.id, id)} aria-current={id === page.id ? 'page' : undefined}>
              Seed {replicate + 1} <small>{trial.state}</small>
            </a>
          ))}
        </nav>
      </header>
      {error && <p class="error">{error} What follows is out of date.</p>}
      <TrialFacts plan={plan} page={page} row={row} />
      <NetworkPanel plan={plan} network={network} row={row} />
      <TrainingPanel plan={plan} page={page} theme={theme} />
      {page.confusion && (
        <ConfusionPanel
          plan={plan}
          page={page}
          confusion={page.confusion}
          names={pictures?.classes ?? null}
          pair={pair}
          onPair={setPair}
        />
      )}
      {page.trial.state === 'completed' && (
        <MistakesPanel plan={plan} page={page} pictures={pictures} source={source} pair={pair} onPair={setPair} />
      )}
      <AttemptsPanel plan={plan} page={page} />
    </main>
  );
}
