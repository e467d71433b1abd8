import { useMemo } from 'preact/hooks';
import type { NetworkPage, PlanView, StateView, TrialPage as TrialPageData } from '../../api.js';
import { coefficientsText, networkLines, verdictText } from '../data/describe.js';
import { buildRows, type NetworkRow } from '../data/model.js';
import { searchLink, trialLink } from '../data/route.js';
import { useResource } from '../data/use-resource.js';
import { AttemptsPanel } from '../panels/attempts-panel.js';
import { SimulatedBadge } from '../panels/badges.js';
import { ConfusionPanel } from '../panels/confusion-panel.js';
import { NetworkPanel } from '../panels/network-panel.js';
import { TrainingPanel } from '../panels/training-panel.js';
import { TrialFacts } from '../panels/trial-facts.js';
import { Trouble, Waiting } from './placeholder.js';
import type { PageProps } from './search-page.js';

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
  const error = plan.error ?? state.error ?? trial.error ?? network.error;
  if (!plan.value || !state.value || !trial.value || !network.value)
    return error ? <Trouble what={error} /> : <Waiting what="Reading the trial …" />;
  return (
    <Trial
      plan={plan.value}
      state={state.value}
      page={trial.value}
      network={network.value}
      theme={theme}
      error={trial.error}
    />
  );
}

interface TrialProps extends Pick<PageProps, 'theme'> {
  readonly plan: PlanView;
  readonly state: StateView;
  readonly page: TrialPageData;
  readonly network: NetworkPage;
  readonly error: string | null;
}

function Trial({ plan, state, page, network, theme, error }: TrialProps) {
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
      {error && <p class="error">{error} What follows is from before.</p>}
      <TrialFacts page={page} row={row} />
      <NetworkPanel plan={plan} network={network} row={row} />
      <TrainingPanel plan={plan} page={page} theme={theme} />
      {page.confusion && <ConfusionPanel plan={plan} page={page} confusion={page.confusion} />}
      <AttemptsPanel plan={plan} page={page} />
    </main>
  );
}
