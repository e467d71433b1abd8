import type { PlanView, TrialPage } from '../../api.js';
import { duration, moment, none } from '../data/format.js';
import { Empty, Panel } from '../parts/panel.js';

const heads = [
  ['Attempt', 'number'],
  ['Outcome', 'text'],
  ['Message', 'text'],
  ['Worker', 'text'],
  ['Engine', 'text'],
  ['Started', 'text'],
  ['Duration', 'number'],
  ['Resumed at epoch', 'number'],
] as const;

/** Every attempt at a trial: its worker, duration and outcome. */
export function AttemptsPanel({ plan, page }: { plan: PlanView; page: TrialPage }) {
  return (
    <Panel
      id="attempts"
      title="Attempts"
      exports={{
        search: plan,
        panel: `attempts-${page.id}`,
        rows: () => page.attempts.map((attempt) => ({ ...attempt })),
      }}
    >
      {page.attempts.length === 0 ? (
        <Empty>No worker has started this trial yet.</Empty>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a section of the page.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <div class="table-scroll" tabIndex={0} role="group" aria-label="Attempts">
          <table>
            <thead>
              <tr>
                {heads.map(([head, kind]) => (
                  <th key={head} scope="col" class={kind}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {page.attempts.map((attempt) => (
                <tr key={attempt.number}>
                  <td class="number">{attempt.number}</td>
                  <td class="text">{attempt.state}</td>
                  <td class="text">{attempt.message ?? none}</td>
                  <td class="text">{attempt.host ?? none}</td>
                  <td class="text">{attempt.engine ? `${attempt.engine} ${attempt.engineVersion ?? ''}` : none}</td>
                  <td class="text">{attempt.startedMs === null ? none : moment(attempt.startedMs)}</td>
                  <td class="number">
                    {attempt.startedMs === null || attempt.endedMs === null
                      ? none
                      : duration(attempt.endedMs - attempt.startedMs)}
                  </td>
                  <td class="number">{attempt.resumedAtEpoch ?? none}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
