import type { Cell } from '../../../db/confusion.js';
import type { ConfusionView, PlanView, TrialPage } from '../../api.js';
import { faded } from '../charts/colour.js';
import { percent } from '../data/format.js';
import { Panel } from './panel.js';

/** From so many classes on, a cell is too small for a figure. */
const mostLabelled = 20;
/** More cells than this would be a grey square. */
const mostDrawn = 5000;
const mostPairs = 8;

const rightColour = '#2c728e';
const wrongColour = '#d55e00';

interface ConfusionPanelProps {
  readonly plan: PlanView;
  readonly page: TrialPage;
  readonly confusion: ConfusionView;
}

/** Which classes the network takes for which, on the validation images. */
export function ConfusionPanel({ plan, page, confusion }: ConfusionPanelProps) {
  const { cells } = confusion;
  const imagesOf = new Map<number, number>();
  for (const [truth, , n] of cells) imagesOf.set(truth, (imagesOf.get(truth) ?? 0) + n);
  const images = cells.reduce((sum, [, , n]) => sum + n, 0);
  const right = cells.reduce((sum, [truth, predicted, n]) => sum + (truth === predicted ? n : 0), 0);
  const mistakes = cells.filter(([truth, predicted]) => truth !== predicted).toSorted((a, b) => b[2] - a[2]);
  return (
    <Panel
      id="confusion"
      title="What it takes for what"
      note={`Validation images: rows are the true classes, columns what the network says. ${right} of ${images} right.`}
      exports={{
        search: plan,
        panel: `confusion-${page.id}`,
        rows: () => cells.map(([truth, predicted, n]) => ({ truth, predicted, images: n })),
      }}
    >
      <div class="confusion">
        {cells.length <= mostDrawn && (
          <Matrix
            confusion={confusion}
            imagesOf={imagesOf}
            label={`${right} of ${images} validation images are right.`}
          />
        )}
        <div>
          <h3>Most often mistaken</h3>
          {mistakes.length === 0 && <p class="note">Every image is right.</p>}
          <ol class="plain">
            {mistakes.slice(0, mostPairs).map(([truth, predicted, n]) => (
              <li key={`${truth} ${predicted}`}>
                class {truth} for {predicted}: {n}, {percent(n / (imagesOf.get(truth) ?? n))} of its images
              </li>
            ))}
          </ol>
        </div>
      </div>
    </Panel>
  );
}

interface MatrixProps {
  readonly confusion: ConfusionView;
  /** By true class. */
  readonly imagesOf: ReadonlyMap<number, number>;
  readonly label: string;
}

/** Each cell is as strong as its share of the true class. */
function Matrix({ confusion: { classes, cells }, imagesOf, label }: MatrixProps) {
  const isLabelled = classes <= mostLabelled;
  const margin = isLabelled ? 1 : 0;
  const heads = isLabelled ? Array.from({ length: classes }, (_, i) => i) : [];
  return (
    <svg
      viewBox={`${-margin} ${-margin} ${classes + margin} ${classes + margin}`}
      role="img"
      aria-label={`Confusion of ${classes} classes: ${label}`}
    >
      <rect class="cells" width={classes} height={classes} />
      {cells.map((cell) => (
        <MatrixCell
          key={`${cell[0]} ${cell[1]}`}
          cell={cell}
          images={imagesOf.get(cell[0]) ?? 1}
          labelled={isLabelled}
        />
      ))}
      {heads.map((i) => (
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
  );
}

function MatrixCell({
  cell: [truth, predicted, n],
  images,
  labelled,
}: {
  cell: Cell;
  images: number;
  labelled: boolean;
}) {
  const share = n / images;
  const colour = truth === predicted ? rightColour : wrongColour;
  return (
    <g>
      <rect x={predicted} y={truth} width="1" height="1" fill={faded(colour, 0.15 + 0.85 * Math.sqrt(share))}>
        <title>{`class ${truth} taken for ${predicted}: ${n} images`}</title>
      </rect>
      {labelled && (
        <text x={predicted + 0.5} y={truth + 0.62} class={share > 0.3 ? 'cell-strong' : 'cell-weak'}>
          {n}
        </text>
      )}
    </g>
  );
}
