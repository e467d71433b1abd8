import type { ChartConfiguration, TooltipItem } from 'chart.js';
import { useMemo, useRef } from 'preact/hooks';
import type { PlanView, TrialPage } from '../../api.js';
import { axis, commonOptions, lossTick, percentTick, tooltipStyle } from '../charts/axes.js';
import { ChartView } from '../charts/chart.js';
import type { Theme } from '../charts/theme.js';
import { percent } from '../data/format.js';
import { Key } from '../parts/controls.js';
import { Empty, Panel } from '../parts/panel.js';

type Measure = 'validationAccuracy' | 'validationLoss' | 'trainLoss';

const labels: Readonly<Record<Measure, string>> = {
  validationAccuracy: 'Validation accuracy',
  validationLoss: 'validation loss',
  trainLoss: 'training loss',
};

/** Accuracy and losses of one trial by epoch. */
export function TrainingPanel({ plan, page, theme }: { plan: PlanView; page: TrialPage; theme: Theme }) {
  const drawing = useRef<HTMLDivElement>(null);
  const accuracy = useMemo(
    () => curveConfig(page, ['validationAccuracy'], plan.recipe.epochs, theme),
    [page, plan, theme],
  );
  const losses = useMemo(
    () => curveConfig(page, ['validationLoss', 'trainLoss'], plan.recipe.epochs, theme),
    [page, plan, theme],
  );
  const last = page.epochs.at(-1);
  return (
    <Panel
      id="training"
      title="Training"
      note="Validation accuracy and cross-entropy after each epoch."
      exports={{
        search: plan,
        panel: `trial-${page.id}`,
        rows: () => page.epochs.map((epoch) => ({ ...epoch })),
        drawing: last ? drawing : undefined,
      }}
    >
      {!last ? (
        <Empty>No epoch has finished yet.</Empty>
      ) : (
        <div ref={drawing}>
          <div class="multiples">
            <ChartView
              key={`accuracy${theme.ink}`}
              config={accuracy}
              points={walk(page, 'validationAccuracy')}
              shape="small"
              label="Validation accuracy by epoch"
              summary={
                last.validationAccuracy === null ? '' : `${percent(last.validationAccuracy)} after epoch ${last.epoch}.`
              }
            />
            <ChartView
              key={`loss${theme.ink}`}
              config={losses}
              points={walk(page, 'validationLoss')}
              shape="small"
              label="Loss by epoch"
              summary={`Validation loss ${last.validationLoss?.toFixed(4)}, training loss ${last.trainLoss?.toFixed(4)} after epoch ${last.epoch}.`}
            />
          </div>
          <ul class="legend">
            <Key glyph="solid">validation</Key>
            <Key glyph="dashed">training loss</Key>
          </ul>
        </div>
      )}
    </Panel>
  );
}

function series({ epochs }: TrialPage, measure: Measure): { x: number; y: number }[] {
  return epochs.flatMap((epoch) => (epoch[measure] === null ? [] : [{ x: epoch.epoch, y: epoch[measure] as number }]));
}

function show(measure: Measure, value: number): string {
  return measure === 'validationAccuracy' ? percent(value) : value.toFixed(4);
}

function walk(page: TrialPage, measure: Measure) {
  return series(page, measure).map(({ x, y }, index) => ({
    datasetIndex: 0,
    index,
    text: () => `epoch ${x}: ${show(measure, y)}`,
    href: null,
  }));
}

function curveConfig(page: TrialPage, measures: readonly Measure[], epochs: number, theme: Theme): ChartConfiguration {
  const colours = [theme.searched, theme.depth];
  const isShare = measures[0] === 'validationAccuracy';
  return {
    type: 'scatter',
    data: {
      datasets: measures.map((measure, i) => ({
        label: labels[measure],
        data: series(page, measure),
        showLine: true,
        borderColor: colours[i],
        borderDash: i === 0 ? [] : [5, 4],
        borderWidth: 1.75,
        pointRadius: page.epochs.length > 60 ? 0 : 2,
        pointBackgroundColor: colours[i],
        segment: {},
        clip: 6,
      })),
    },
    options: {
      ...commonOptions(theme),
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: axis(theme, 'Epoch', { type: 'linear', min: 1, max: Math.max(2, epochs), ticks: { precision: 0 } }),
        y: axis(theme, isShare ? labels.validationAccuracy : 'Loss', {
          ticks: {
            maxTicksLimit: 6,
            callback: isShare ? percentTick : lossTick,
          },
        }),
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            title: ([item]: TooltipItem<'scatter'>[]) => `epoch ${item?.parsed.x}`,
            label: ({ parsed, datasetIndex }: TooltipItem<'scatter'>) => {
              const measure = measures[datasetIndex] as Measure;
              return `${labels[measure]} ${show(measure, parsed.y ?? 0)}`;
            },
          },
        },
      },
    },
  } as unknown as ChartConfiguration;
}
