import type { StateView } from '../../api.js';
import { moment, none } from '../data/format.js';
import { Panel } from '../parts/panel.js';
import type { SearchContext } from './search-context.js';

const kindText: Readonly<Record<string, string>> = {
  note: 'note',
  'chosen-by-hand': 'chosen by hand',
};

/** The latest events of a search: starts, pauses, ends and its coordinator's notes. */
export function EventsPanel({ plan, state: { events } }: SearchContext) {
  if (events.length === 0) return null;
  return (
    <Panel
      id="events"
      title="Recent events"
      note="Newest first; results of trials are not listed."
      exports={{ search: plan, panel: 'events', rows: () => events.map(eventRow) }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a section of the page. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div class="table-scroll table-tall" tabIndex={0} role="group" aria-label="Events">
        <table>
          <thead>
            <tr>
              {['Time', 'Event', 'Trial', 'Details'].map((head) => (
                <th key={head} scope="col" class="text">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {events.map(({ atMs, kind, trialId, detail }, i) => (
              <tr key={i}>
                <td class="text">{moment(atMs)}</td>
                <td class="text">{kindText[kind] ?? kind}</td>
                <td class="text">{trialId === null ? none : <code>{trialId}</code>}</td>
                <td class="text wrapped">{detail || none}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function eventRow(event: StateView['events'][number]) {
  return { ...event };
}
