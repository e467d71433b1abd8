import { useRef } from 'preact/hooks';
import type { Cell } from '../../../db/confusion.js';
import type { ConfusionView, PlanView, TrialPage } from '../../api.js';
import { faded } from '../charts/colour.js';
import { percent, plural } from '../data/format.js';
import { type ClassPair, className, isOfPair } from './class-pair.js';
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
  /** Of the classes; null where they are not at hand. */
  readonly names: readonly string[] | null;
  /** The cell whose images are shown below; null for none. */
  readonly pair: ClassPair | null;
  readonly onPair: (pair: ClassPair | null) => void;
}

/** Which classes the network takes for which, on the validation images. */
export function ConfusionPanel({ plan, page, confusion, names, pair, onPair }: ConfusionPanelProps) {
  const drawing = useRef<HTMLDivElement>(null);
  const { cells } = confusion;
  const imagesOf = new Map<number, number>();
  for (const [truth, , n] of cells) imagesOf.set(truth, (imagesOf.get(truth) ?? 0) + n);
  const images = cells.reduce((sum, [, , n]) => sum + n, 0);
  const right = cells.reduce((sum, [truth, predicted, n]) => sum + (truth === predicted ? n : 0), 0);
  const hasSample = (page.mistakes?.length ?? 0) > 0;
  const toggle = (cell: ClassPair): void => {
    onPair(pair && isOfPair(cell, pair) ? null : cell);
    document.getElementById('mistakes-title')?.scrollIntoView({ block: 'nearest' });
  };
  const mistakes = cells.filter(([truth, predicted]) => truth !== predicted).toSorted((a, b) => b[2] - a[2]);
  return (
    <Panel
      id="confusion"
      title="What it takes for what"
      note={`Validation images: rows are the true classes, columns what the network says. ${right} of ${images} right.${hasSample ? ' A cell beside the diagonal shows its images below.' : ''}`}
      exports={{
        search: plan,
        panel: `confusion-${page.id}`,
        rows: () =>
          cells.map(([truth, predicted, n]) => ({
            truth,
            predicted,
            images: n,
            truthName: names?.[truth] ?? null,
            predictedName: names?.[predicted] ?? null,
          })),
        drawing,
      }}
    >
      <div class="confusion" ref={drawing}>
        {cells.length <= mostDrawn && (
          <Matrix
            confusion={confusion}
            names={names}
            pair={pair}
            onPick={hasSample ? toggle : null}
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
                {className(names, truth)} for {className(names, predicted)}: {n},{' '}
                {percent(n / (imagesOf.get(truth) ?? n))} of its images
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
  readonly names: readonly string[] | null;
  readonly pair: ClassPair | null;
  /** Null where a cell leads nowhere. */
  readonly onPick: ((cell: ClassPair) => void) | null;
  /** By true class. */
  readonly imagesOf: ReadonlyMap<number, number>;
  readonly label: string;
}

/**
 * Each cell is as strong as its share of the true class. A press on one is a short cut for the pointer; the keyboard has the list of pairs
 * above the images.
 */
function Matrix({ confusion: { classes, cells }, names, pair, onPick, imagesOf, label }: MatrixProps) {
  const isLabelled = classes <= mostLabelled;
  const heads = isLabelled ? Array.from({ length: classes }, (_, i) => headText(names, i)) : [];
  const margin = isLabelled ? 0.6 + headWidth * Math.max(...heads.map((head) => head.length)) : 0;
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
          names={names}
          isPicked={pair !== null && isOfPair({ truth: cell[0], predicted: cell[1] }, pair)}
          onPick={onPick}
        />
      ))}
      {heads.map((head, i) => (
        <g key={i} class="cell-head">
          <text class="cell-column" transform={`translate(${i + 0.62} -0.3) rotate(-90)`}>
            {head}
          </text>
          <text class="cell-row" x="-0.3" y={i + 0.62}>
            {head}
          </text>
        </g>
      ))}
    </svg>
  );
}

const longestHead = 14;
/** Of a letter, in cells. */
const headWidth = 0.2;

function headText(names: readonly string[] | null, index: number): string {
  const name = names?.[index] ?? String(index);
  return name.length > longestHead ? `${name.slice(0, longestHead - 1)}…` : name;
}

interface MatrixCellProps {
  readonly cell: Cell;
  /** Of the true class. */
  readonly images: number;
  readonly labelled: boolean;
  readonly names: readonly string[] | null;
  readonly isPicked: boolean;
  readonly onPick: MatrixProps['onPick'];
}

function MatrixCell({ cell: [truth, predicted, n], images, labelled, names, isPicked, onPick }: MatrixCellProps) {
  const pick = onPick && truth !== predicted ? () => onPick({ truth, predicted }) : undefined;
  const share = n / images;
  const colour = truth === predicted ? rightColour : wrongColour;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a short cut; the list of pairs above the images does the same.
    <g class={pick && 'cell-link'} onClick={pick}>
      <rect x={predicted} y={truth} width="1" height="1" fill={faded(colour, 0.15 + 0.85 * Math.sqrt(share))}>
        <title>{`${className(names, truth)} taken for ${className(names, predicted)}: ${plural(n, 'image')}`}</title>
      </rect>
      {isPicked && <rect class="cell-picked" x={predicted + 0.04} y={truth + 0.04} width="0.92" height="0.92" />}
      {labelled && (
        <text x={predicted + 0.5} y={truth + 0.62} class={share > 0.3 ? 'cell-strong' : 'cell-weak'}>
          {n}
        </text>
      )}
    </g>
  );
}
