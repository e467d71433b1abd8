import type { PlanView, TrialPage } from '../../api.js';
import { faded } from '../charts/colour.js';
import { percent } from '../data/format.js';
import { Panel } from './panel.js';

/** From so many classes on, single cells are too small for figures. */
const mostLabelled = 20;
const mostPairs = 8;

/** Which classes the network takes for which, on the validation images. */
export function ConfusionPanel({
  plan,
  page,
  confusion,
}: {
  plan: PlanView;
  page: TrialPage;
  confusion: readonly (readonly number[])[];
}) {
  const classes = confusion.length;
  const totals = confusion.map((row) => row.reduce((sum, n) => sum + n, 0));
  const pairs = confusedPairs(confusion);
  const right = confusion.reduce((sum, row, truth) => sum + (row[truth] ?? 0), 0);
  const images = totals.reduce((sum, n) => sum + n, 0);
  return (
    <Panel
      id="confusion"
      title="What it takes for what"
      note={`Validation images: rows are the true classes, columns what the network says. ${right} of ${images} right.`}
      exports={{
        search: plan,
        panel: `confusion-${page.id}`,
        rows: () => confusion.flatMap((row, truth) => row.map((images, predicted) => ({ truth, predicted, images }))),
      }}
    >
      <div class="confusion">
        <svg
          viewBox={`-1.2 -1.2 ${classes + 1.4} ${classes + 1.4}`}
          role="img"
          aria-label={`Confusion of ${classes} classes; ${right} of ${images} validation images are right.`}
        >
          {confusion.map((row, truth) =>
            row.map((n, predicted) => {
              const share = (totals[truth] ?? 0) > 0 ? n / (totals[truth] as number) : 0;
              const hue = truth === predicted ? '#2c728e' : '#d55e00';
              return (
                <g key={`${truth} ${predicted}`}>
                  <rect
                    x={predicted + 0.03}
                    y={truth + 0.03}
                    width="0.94"
                    height="0.94"
                    {...(n === 0 ? { class: 'cell' } : { fill: faded(hue, 0.15 + 0.85 * Math.sqrt(share)) })}
                  >
                    <title>{`class ${truth} taken for ${predicted}: ${n} images`}</title>
                  </rect>
                  {classes <= mostLabelled && n > 0 && (
                    <text x={predicted + 0.5} y={truth + 0.62} class={share > 0.35 ? 'cell-strong' : 'cell-weak'}>
                      {n}
                    </text>
                  )}
                </g>
              );
            }),
          )}
          {classes <= mostLabelled &&
            confusion.map((_row, i) => (
              <g key={i} class="cell-head">
                <text x={i + 0.5} y="-0.3">
                  {i}
                </text>
                <text x="-0.5" y={i + 0.62}>
                  {i}
                </text>
              </g>
            ))}
        </svg>
        <div>
          <h3>Most often mistaken</h3>
          {pairs.length === 0 ? (
            <p class="note">Every image is right.</p>
          ) : (
            <ol class="plain">
              {pairs.map(({ truth, predicted, n }) => (
                <li key={`${truth} ${predicted}`}>
                  class {truth} for {predicted}: {n}, {percent(n / (totals[truth] as number))} of its images
                </li>
              ))}
            </ol>
          )}
        </div>
      </div>
    </Panel>
  );
}

function confusedPairs(confusion: readonly (readonly number[])[]) {
  return confusion
    .flatMap((row, truth) => row.map((n, predicted) => ({ truth, predicted, n })))
    .filter(({ truth, predicted, n }) => truth !== predicted && n > 0)
    .toSorted((a, b) => b.n - a.n)
    .slice(0, mostPairs);
}
