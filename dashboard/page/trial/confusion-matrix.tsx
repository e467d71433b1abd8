import type { Cell } from '../../../db/tables/measures.js';
import type { ConfusionView } from '../../api.js';
import { faded } from '../charts/colour.js';
import { plural } from '../data/format.js';
import { type ClassPair, className, isOfPair } from './class-pair.js';

/** Beyond this many classes cells are too small for numbers, and only some rows and columns are labelled. */
const mostLabelled = 20;
/** Classes between two names, from few to many. */
const headSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Labels of the columns and the rows. */
const corner = ['pred. →', 'true ↓'] as const;

const longestHead = 14;
/** Of a letter, and of the type, in places for a name. */
const headWidth = 0.2;
const typeSize = 0.36;
/** Of a place for a name; smaller is no longer read. What has no room for that scrolls. */
const leastPlacePx = 28;

const rightColour = '#2c728e';
const wrongColour = '#b34700';
/** From this opacity on a figure is white; on less the ink of the page is read better. */
const strongFrom = 0.8;

/** How a matrix is laid out, in cells. */
interface Frame {
  readonly classes: number;
  /** Cells to a place for a name: one, as long as every class has its own. */
  readonly place: number;
  /** Room for the names. */
  readonly margin: number;
  readonly heads: readonly { readonly index: number; readonly text: string }[];
}

export function matrixFrame({ classes }: ConfusionView, names: readonly string[] | null): Frame {
  const place = Math.max(1, classes / mostLabelled);
  const step = headSteps.find((each) => each >= place) ?? classes;
  const heads = Array.from({ length: Math.ceil(classes / step) }, (_, i) => ({
    index: i * step,
    text: headText(names, i * step),
  }));
  const letters = Math.max(corner[0].length, ...heads.map(({ text }) => text.length));
  const margin = place * (0.6 + headWidth * letters);
  return { classes, place, margin, heads };
}

/** The least width at which it can be read, pixels. */
export function leastPx({ classes, margin, place }: Frame): number {
  return Math.round((leastPlacePx * (classes + margin)) / place);
}

interface ConfusionMatrixProps {
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
 * Each cell is as strong as its share of the true class. Where there is no room it scrolls sideways under the names of its rows. A press on a
 * cell is a short cut for the pointer; the keyboard has the list of pairs above the images.
 */
export function ConfusionMatrix({ confusion, names, pair, onPick, imagesOf, label }: ConfusionMatrixProps) {
  const { classes, cells } = confusion;
  const { place, margin, heads } = matrixFrame(confusion, names);
  const height = classes + margin;
  const style = { fontSize: `${typeSize * place}px` };
  // A name stands beside the middle of its cell; one that stands for several, beside the first of them.
  const middle = (index: number): number => index + Math.max(0.62, 0.4 * place);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a section of the page.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <div class="matrix" tabIndex={0} role="group" aria-label="Matrix">
      <div class="matrix-parts" style={{ gridTemplateColumns: `${margin}fr ${classes}fr` }}>
        <svg class="matrix-rows" viewBox={`${-margin} ${-margin} ${margin} ${height}`} style={style} aria-hidden="true">
          {corner.map((text, line) => (
            <text key={text} x={-0.3 * place} y={(0.55 * line - 0.85) * place}>
              {text}
            </text>
          ))}
          {heads.map(({ index, text }) => (
            <text key={index} x={-0.3 * place} y={middle(index)}>
              {text}
            </text>
          ))}
        </svg>
        <svg
          viewBox={`0 ${-margin} ${classes} ${height}`}
          style={style}
          role="img"
          aria-label={`Confusion of ${classes} classes: ${label}`}
        >
          <rect class="cells" width={classes} height={classes} />
          {cells.map((cell) => (
            <MatrixCell
              key={`${cell[0]} ${cell[1]}`}
              cell={cell}
              images={imagesOf.get(cell[0]) ?? 1}
              labelled={place === 1}
              names={names}
              isPicked={pair !== null && isOfPair({ truth: cell[0], predicted: cell[1] }, pair)}
              onPick={onPick}
            />
          ))}
          {heads.map(({ index, text }) => (
            <text
              key={index}
              class="matrix-column"
              transform={`translate(${middle(index)} ${-0.3 * place}) rotate(-90)`}
            >
              {text}
            </text>
          ))}
        </svg>
      </div>
    </div>
  );
}

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
  readonly onPick: ConfusionMatrixProps['onPick'];
}

function MatrixCell({ cell: [truth, predicted, n], images, labelled, names, isPicked, onPick }: MatrixCellProps) {
  const pick = onPick && truth !== predicted ? () => onPick({ truth, predicted }) : undefined;
  const opacity = 0.15 + 0.85 * Math.sqrt(n / images);
  const colour = truth === predicted ? rightColour : wrongColour;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a short cut; the list of pairs above the images does the same.
    <g class={pick && 'cell-link'} onClick={pick}>
      <rect x={predicted} y={truth} width="1" height="1" fill={faded(colour, opacity)}>
        <title>{`${className(names, truth)} predicted as ${className(names, predicted)}: ${plural(n, 'image')}`}</title>
      </rect>
      {isPicked && <rect class="cell-picked" x={predicted + 0.04} y={truth + 0.04} width="0.92" height="0.92" />}
      {labelled && (
        <text x={predicted + 0.5} y={truth + 0.62} class={opacity > strongFrom ? 'cell-strong' : 'cell-weak'}>
          {n}
        </text>
      )}
    </g>
  );
}
