import { useMemo } from 'preact/hooks';
import { coefficientsText, verdictText } from '../data/describe.js';
import { plural } from '../data/format.js';
import type { NetworkRow, TrialRow } from '../data/model.js';
import { networkExport, trialExport } from '../export/network-rows.js';
import { Toggle } from '../parts/controls.js';
import { DataTable } from '../parts/data-table.js';
import { Empty, Panel } from '../parts/panel.js';
import { stateText, trialColumns } from '../parts/trial-columns.js';
import { networkColumns } from './network-columns.js';
import { change, linkTo, type SearchContext } from './search-context.js';

const byMean = { id: 'mean', desc: true };
const byAccuracy = { id: 'accuracy', desc: true };
const networkText = (row: NetworkRow): string =>
  `${row.id} ${row.group} ${coefficientsText(row)} ${verdictText[row.verdict]} ${row.reason}`;
const trialText = (row: TrialRow): string =>
  `${row.id} ${row.network.id} ${coefficientsText(row.network)} ${stateText(row)}`;
const keyOf = ({ id }: { readonly id: string }): string => id;
const verdictClass = ({ verdict }: NetworkRow): string => `row-${verdict}`;

/** The charts' data as a table, by network or by trial. */
export function TablePanel({ plan, networks, trials, settings }: SearchContext) {
  const { table } = settings;
  const columns = useMemo(
    () => ({
      networks: networkColumns((row) => linkTo(plan, row)),
      trials: trialColumns((row) => linkTo(plan, row)),
    }),
    [plan],
  );
  const isEmpty = networks.length === 0;
  return (
    <Panel
      id="table"
      title="Results table"
      note={`${plural(networks.length, 'network')} and ${plural(trials.length, 'trial')}, after filtering.`}
      controls={
        <fieldset class="button-row" aria-label="Rows">
          <Toggle on={table === 'networks'} onToggle={() => change(settings, { table: 'networks' })}>
            Networks
          </Toggle>
          <Toggle on={table === 'trials'} onToggle={() => change(settings, { table: 'trials' })}>
            Trials
          </Toggle>
        </fieldset>
      }
      exports={{
        search: plan,
        panel: table,
        rows: () => (table === 'networks' ? networkExport(networks) : trialExport(trials)),
      }}
    >
      {isEmpty ? (
        <Empty>No network passes the filter.</Empty>
      ) : table === 'networks' ? (
        <DataTable
          key="networks"
          caption="Networks"
          keptAs={`${plan.id} networks`}
          rows={networks}
          columns={columns.networks}
          rowKey={keyOf}
          text={networkText}
          sortedBy={byMean}
          rowClass={verdictClass}
        />
      ) : (
        <DataTable
          key="trials"
          caption="Trials"
          keptAs={`${plan.id} trials`}
          rows={trials}
          columns={columns.trials}
          rowKey={keyOf}
          text={trialText}
          sortedBy={byAccuracy}
        />
      )}
    </Panel>
  );
}
