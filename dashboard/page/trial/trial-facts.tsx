import type { PlanView, TrialPage } from '../../api.js';
import { bytes, duration, none, percent } from '../data/format.js';
import type { NetworkRow } from '../data/model.js';
import type { ExportRow } from '../export/csv.js';
import { Panel } from '../parts/panel.js';
import { stateText } from '../parts/trial-columns.js';

/** The result of a trial, and what trained it. */
export function TrialFacts({ plan, page, row }: { plan: PlanView; page: TrialPage; row: NetworkRow }) {
  const { result, trial } = page;
  const last = page.epochs.at(-1);
  const facts: readonly (readonly [string, string])[] = [
    ['State', stateText({ trial })],
    ['Accuracy', result ? percent(result.validationAccuracy) : none],
    ['Validation loss', result ? result.validationLoss.toFixed(4) : none],
    ['Training time', result ? duration(result.wallMs) : none],
    ['Speed', last?.imagesPerSecond ? `${last.imagesPerSecond.toPrecision(4)} images / s` : none],
    [
      'Peak memory',
      result
        ? `${bytes(result.peakBytes)}, ${bytes(row.network.peakBytes)} predicted`
        : `${bytes(row.network.peakBytes)} predicted`,
    ],
    ...(row.network.saving === '' ? [] : [['Memory saving', row.network.saving] as const]),
    ['Seed', String(page.seed)],
    ['Worker', result?.host ?? (trial.state === 'running' ? trial.host : null) ?? none],
    ['Engine', result ? `${result.engine} ${result.engineVersion}` : none],
    ['Device', result?.device ?? none],
    ['Dataset', result ? result.datasetDigest.slice(0, 12) : none],
  ];
  return (
    <Panel
      id="result"
      title="Result"
      exports={{ search: plan, panel: `result-${page.id}`, rows: () => [resultRow(page)] }}
    >
      <dl class="settings">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function resultRow({ id, networkId, replicate, seed, trial, result }: TrialPage): ExportRow {
  const base = { trial: id, network: networkId, seedNumber: replicate + 1, seed, state: trial.state };
  return { ...base, attempts: trial.attempts, ...result };
}
