import { useRef } from 'preact/hooks';
import type { ConfusionView, PlanView, TrialPage } from '../../api.js';
import { percent } from '../data/format.js';
import { Panel } from '../parts/panel.js';
import { type ClassPair, className, isOfPair } from './class-pair.js';
import { ConfusionMatrix, leastPx, matrixFrame } from './confusion-matrix.js';

/** More cells than this would be a grey square. */
const mostDrawn = 5000;
const mostPairs = 8;

interface ConfusionPanelProps {
  readonly plan: PlanView;
  readonly page: TrialPage;
  readonly confusion: ConfusionView;
  /** Names of the classes; null where they are unavailable. */
  readonly names: readonly string[] | null;
  /** The cell whose images are shown below; null for none. */
  readonly pair: ClassPair | null;
  readonly onPair: (pair: ClassPair | null) => void;
}

/** The confusion matrix of a network on the validation images. */
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
      title="Confusion matrix"
      note={`Validation images: rows are true classes, columns predicted classes. ${right} of ${images} correct.${hasSample ? ' Click an off-diagonal cell to see its images below.' : ''}`}
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
      <div class="confusion" ref={drawing} style={{ '--least': `${leastPx(matrixFrame(confusion, names))}px` }}>
        <div>
          <h3>Most frequent confusions</h3>
          {mistakes.length === 0 && <p class="note">Every image is classified correctly.</p>}
          <ol class="plain">
            {mistakes.slice(0, mostPairs).map(([truth, predicted, n]) => (
              <li key={`${truth} ${predicted}`}>
                {className(names, truth)} for {className(names, predicted)}: {n},{' '}
                {percent(n / (imagesOf.get(truth) ?? n))} of its images
              </li>
            ))}
          </ol>
        </div>
        {cells.length <= mostDrawn && (
          <ConfusionMatrix
            confusion={confusion}
            names={names}
            pair={pair}
            onPick={hasSample ? toggle : null}
            imagesOf={imagesOf}
            label={`${right} of ${images} validation images are correct.`}
          />
        )}
      </div>
    </Panel>
  );
}
