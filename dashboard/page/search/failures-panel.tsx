import { useMemo, useRef } from 'preact/hooks';
import type { FailedAttempt } from '../../../db/records.js';
import { coefficientsText } from '../data/describe.js';
import { moment, none, plural } from '../data/format.js';
import type { TrialRow } from '../data/model.js';
import { useResource } from '../hooks/use-resource.js';
import { DataTable, type TableColumn } from '../parts/data-table.js';
import { Empty, Panel } from '../parts/panel.js';
import type { Source } from '../source/source.js';
import { linkTo, type SearchContext } from './search-context.js';

/** Letters beyond which a name does not fit beside its bar. */
const longName = 14;

interface FailureRow {
  readonly attempt: FailedAttempt;
  readonly row: TrialRow;
}

/** Failed attempts by outcome, worker and coefficient. They ignore the filter, which hides failures by default. */
export function FailuresPanel({
  plan,
  allNetworks,
  source,
  revision,
}: SearchContext & { source: Source; revision: number }) {
  const { value, error } = useResource(`${plan.id}`, revision, () => source.failures(plan.id));
  const rows = useMemo(
    () =>
      joinTrials(
        value?.attempts ?? [],
        allNetworks.flatMap(({ trials }) => trials),
      ),
    [value, allNetworks],
  );
  const drawing = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => failureColumns((row) => linkTo(plan, row)), [plan]);
  return (
    <Panel
      id="failures"
      title="Failed attempts"
      note="All failed attempts, regardless of the filter. A retried trial may have succeeded since."
      exports={{
        search: plan,
        panel: 'failures',
        rows: () => rows.map(exportRow),
        drawing: rows.length > 0 ? drawing : undefined,
      }}
    >
      {error && <p class="error">{error}</p>}
      {rows.length === 0 ? (
        <Empty>{value === null && !error ? 'Loading the attempts…' : 'No attempt has failed.'}</Empty>
      ) : (
        <>
          <div class="tallies" ref={drawing}>
            <Tally title="By outcome" counts={tally(rows, ({ attempt }) => attempt.outcome)} />
            <Tally title="By worker" counts={tally(rows, ({ attempt }) => attempt.host ?? 'not started')} />
            <Tally title="By depth, α" counts={tally(rows, ({ row }) => row.network.point.alpha.toFixed(2))} />
            <Tally title="By width, β" counts={tally(rows, ({ row }) => row.network.point.beta.toFixed(2))} />
            <Tally title="By resolution, γ" counts={tally(rows, ({ row }) => row.network.point.gamma.toFixed(2))} />
          </div>
          <DataTable
            caption="Failed attempts"
            keptAs={`${plan.id} failures`}
            rows={rows}
            columns={columns}
            rowKey={({ attempt }) => `${attempt.trialId} ${attempt.number}`}
            text={failureText}
            sortedBy={{ id: 'ended', desc: true }}
          />
        </>
      )}
    </Panel>
  );
}

function Tally({ title, counts }: { title: string; counts: readonly (readonly [string, number])[] }) {
  const most = Math.max(...counts.map(([, n]) => n));
  return (
    <div class="tally">
      <h3>{title}</h3>
      <ul>
        {counts.slice(0, 8).map(([name, n]) => (
          <li key={name}>
            <span class={name.length > longName ? 'tally-long' : undefined}>{name}</span>
            <svg class="tally-bar" viewBox={`0 0 ${most} 1`} preserveAspectRatio="none" aria-hidden="true">
              <rect width={n} height="1" />
            </svg>
            <span class="tally-count">{n}</span>
          </li>
        ))}
      </ul>
      {counts.length > 8 && <p class="note">and {plural(counts.length - 8, 'more value')}</p>}
    </div>
  );
}

function joinTrials(attempts: readonly FailedAttempt[], trials: readonly TrialRow[]): FailureRow[] {
  const rowOf = new Map(trials.map((row) => [row.id, row]));
  return attempts.flatMap((attempt) => {
    const row = rowOf.get(attempt.trialId);
    return row ? [{ attempt, row }] : [];
  });
}

/** Names with how often they occur, most often first. */
function tally(rows: readonly FailureRow[], nameOf: (row: FailureRow) => string): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(nameOf(row), (counts.get(nameOf(row)) ?? 0) + 1);
  return [...counts].toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b, 'en', { numeric: true }));
}

function failureColumns(linkOf: (row: TrialRow) => string | null): TableColumn<FailureRow>[] {
  return [
    {
      id: 'trial',
      head: 'Trial',
      value: ({ row }) => row.id,
      show: ({ row }) => (
        <a href={linkOf(row) ?? '#'}>
          <code>{row.id}</code>
        </a>
      ),
    },
    { id: 'coefficients', head: 'Coefficients', value: ({ row }) => coefficientsText(row.network) },
    { id: 'number', head: 'Attempt', value: ({ attempt }) => attempt.number },
    { id: 'outcome', head: 'Outcome', value: ({ attempt }) => attempt.outcome },
    { id: 'message', head: 'Message', value: ({ attempt }) => attempt.message ?? none },
    { id: 'worker', head: 'Worker', value: ({ attempt }) => attempt.host ?? none },
    {
      id: 'ended',
      head: 'Ended',
      value: ({ attempt }) => attempt.endedMs,
      show: ({ attempt }) => (attempt.endedMs === null ? none : moment(attempt.endedMs)),
    },
    { id: 'state', head: 'Trial state', value: ({ row }) => row.trial.state },
  ];
}

function failureText({ attempt, row }: FailureRow): string {
  return `${row.id} ${attempt.outcome} ${attempt.message ?? ''} ${attempt.host ?? ''} ${coefficientsText(row.network)}`;
}

function exportRow({ attempt, row }: FailureRow) {
  const { alpha, beta, gamma, phi } = row.network.point;
  return { ...attempt, network: row.network.id, alpha, beta, gamma, phi, trialState: row.trial.state };
}
