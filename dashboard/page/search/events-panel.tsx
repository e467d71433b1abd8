import type { StateView } from '../../api.js';
import { moment, none } from '../data/format.js';
import { Panel } from '../parts/panel.js';
import type { SearchContext } from './search-context.js';

const kindText: Readonly<Record<string, string>> = {
  note: 'said',
  'chosen-by-hand': 'chosen by hand',
};

/** The latest things that happened to the search: when it began, paused and ended, and what its coordinator had to say. */
export function EventsPanel({ plan, state: { events } }: SearchContext) {
  if (events.length === 0) return null;
  return (
    <Panel
      id="events"
      title="What happened last"
      note="The newest first. Results are not listed here."
      exports={{ search: plan, panel: 'events', rows: () => events.map(eventRow) }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a section of the page. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div class="table-scroll table-tall" tabIndex={0} role="group" aria-label="Events">
        <table>
          <thead>
            <tr>
              {['When', 'What', 'Trial', 'Detail'].map((head) => (
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
