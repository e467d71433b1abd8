import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import type { Mistake } from '../../../search/plan/trial.js';
import type { PicturesView, PlanView, TrialPage } from '../../api.js';
import { wholePercent } from '../data/format.js';
import { Choice } from '../parts/controls.js';
import { Empty, Panel } from '../parts/panel.js';
import type { Source } from '../source/source.js';
import { type ClassPair, className, isOfPair } from './class-pair.js';

interface MistakesPanelProps {
  readonly plan: PlanView;
  readonly page: TrialPage;
  /** Null while it is being read. */
  readonly pictures: PicturesView | null;
  readonly source: Source;
  /** The cell of the confusion matrix whose images are shown; null: all. */
  readonly pair: ClassPair | null;
  readonly onPair: (pair: ClassPair | null) => void;
}

const everyPair = 'all';

/** Validation images that the network misclassifies. */
export function MistakesPanel({ plan, page, pictures, source, pair, onPair }: MistakesPanelProps) {
  const drawing = useRef<HTMLUListElement>(null);
  const mistakes = page.mistakes ?? [];
  const names = pictures?.classes ?? null;
  const shown = pair ? mistakes.filter((mistake) => isOfPair(mistake, pair)) : mistakes;
  const pairs = pairsOf(mistakes, pair);
  return (
    <Panel
      id="mistakes"
      title="Misclassified images"
      note={noteOf(page)}
      controls={
        pairs.length > 1 && (
          <Choice
            label="Confusion"
            value={pair ? keyOf(pair) : everyPair}
            options={[
              { value: everyPair, label: `all (${mistakes.length})` },
              ...pairs.map(({ pair: each, images }) => ({
                value: keyOf(each),
                label: `${pairText(each, names)} (${images})`,
              })),
            ]}
            onChange={(key) => onPair(pairs.find(({ pair: each }) => keyOf(each) === key)?.pair ?? null)}
          />
        )
      }
      exports={{
        search: plan,
        panel: `mistakes-${page.id}`,
        rows: () => shown.map((each) => mistakeRow(each, names)),
        drawing: shown.length > 0 && pictures ? drawing : undefined,
      }}
    >
      <Content
        drawing={drawing}
        page={page}
        shown={shown}
        pictures={pictures}
        simulated={plan.simulated}
        urlOf={(image) => source.pictureUrl(plan.id, page.id, image)}
      />
    </Panel>
  );
}

interface ContentProps {
  readonly drawing: RefObject<HTMLUListElement>;
  readonly page: TrialPage;
  readonly shown: readonly Mistake[];
  readonly pictures: PicturesView | null;
  readonly simulated: boolean;
  readonly urlOf: (image: number) => string;
}

function Content({ drawing, page, shown, pictures, simulated, urlOf }: ContentProps) {
  if (page.mistakes === null) return <Empty>{noSampleText(simulated)}</Empty>;
  if (page.mistakes.length === 0) return <Empty>Every validation image is classified correctly.</Empty>;
  if (shown.length === 0) return <Empty>The sample has no image for this pair of classes.</Empty>;
  if (pictures === null) return <Empty>Loading the images…</Empty>;
  const { classes, missing, sidePx } = pictures;
  return (
    <>
      {missing !== null && <p class="advice">The images cannot be shown: {missing}.</p>}
      <ul ref={drawing} class={missing === null ? 'pictures' : 'pictures pictures-missing'}>
        {shown.map(({ image, truth, predicted, probability }) => (
          <li key={image}>
            <figure>
              {missing === null && (
                <img
                  class={(sidePx ?? 0) <= fewPixels ? 'pixels' : undefined}
                  src={urlOf(image)}
                  width={96}
                  height={96}
                  alt={`${className(classes, truth)}, number ${image} of the validation split`}
                />
              )}
              <figcaption title={`Validation image ${image}`}>
                <span>{className(classes, truth)}</span>
                <span>
                  → <b>{className(classes, predicted)}</b>, {wholePercent(probability)}
                </span>
              </figcaption>
            </figure>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Images this small are drawn with sharp pixels rather than blurred. */
const fewPixels = 48;

function noteOf({ mistakes, confusion }: TrialPage): string {
  const wrong = (confusion?.cells ?? []).reduce((sum, [truth, said, n]) => sum + (truth === said ? 0 : n), 0);
  if (!mistakes || mistakes.length === 0) return 'Validation images that this network misclassifies.';
  const rest =
    mistakes.length < wrong
      ? `, ${mistakes.length} of ${wrong}: the most confident of each pair of classes before a second of any`
      : '';
  return `Misclassified validation images: true class → predicted class, with its probability. Most confident first${rest}.`;
}

function noSampleText(simulated: boolean): string {
  return simulated
    ? 'Simulated trials use no images.'
    : 'This trial was trained by an older version of triscale, which kept no sample of misclassified images.';
}

/** Pairs of the sample with how many images each has, most first; the one that is asked for is always among them. */
function pairsOf(mistakes: readonly Mistake[], asked: ClassPair | null): { pair: ClassPair; images: number }[] {
  const counts = new Map<string, { pair: ClassPair; images: number }>();
  if (asked) counts.set(keyOf(asked), { pair: asked, images: 0 });
  for (const { truth, predicted } of mistakes) {
    const pair = { truth, predicted };
    const known = counts.get(keyOf(pair));
    if (known) known.images++;
    else counts.set(keyOf(pair), { pair, images: 1 });
  }
  return [...counts.values()].toSorted(
    (a, b) => b.images - a.images || a.pair.truth - b.pair.truth || a.pair.predicted - b.pair.predicted,
  );
}

function keyOf({ truth, predicted }: ClassPair): string {
  return `${truth} ${predicted}`;
}

function pairText({ truth, predicted }: ClassPair, names: readonly string[] | null): string {
  return `${className(names, truth)} → ${className(names, predicted)}`;
}

function mistakeRow({ image, truth, predicted, probability }: Mistake, names: readonly string[] | null) {
  return {
    validationImage: image,
    truth,
    predicted,
    probability,
    truthName: names?.[truth] ?? null,
    predictedName: names?.[predicted] ?? null,
  };
}
