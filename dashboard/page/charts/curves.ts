import type { ChartConfiguration, TooltipItem } from 'chart.js';
import type { Curve, PlanView } from '../../api.js';
import { coefficientsText } from '../data/describe.js';
import { percent } from '../data/format.js';
import type { TrialRow } from '../data/model.js';
import type { Settings } from '../data/settings.js';
import { axis, commonOptions, lossTick, percentTick, tooltipStyle } from './axes.js';
import { sequential } from './colour.js';
import type { WalkPoint } from './stretch.js';
import type { Theme } from './theme.js';

export const measureLabels: Readonly<Record<Settings['measure'], string>> = {
  validationAccuracy: 'Validation accuracy',
  validationLoss: 'Validation loss',
  trainLoss: 'Training loss',
};

/** The colour of a network's rank among so many. */
export function rankColour(rank: number, ranks: number, { ranks: [first, last] }: Theme): string {
  return sequential(first + ((last - first) * rank) / Math.max(1, ranks - 1));
}

/** One line per trial by epoch; the colour says the rank of its network, dashes that it is still being trained. */
export function curvesChart(
  lines: readonly { readonly row: TrialRow; readonly curve: Curve; readonly rank: number }[],
  ranks: number,
  measure: Settings['measure'],
  { rungs, recipe: { epochs } }: Pick<PlanView, 'rungs' | 'recipe'>,
  theme: Theme,
  linkOf: (row: TrialRow) => string | null,
): { config: ChartConfiguration; points: readonly WalkPoint[] } {
  const isShare = measure === 'validationAccuracy';
  const show = (value: number): string => (isShare ? percent(value) : value.toPrecision(4));
  const datasets = lines.map(({ row, curve, rank }) => {
    const isChosen = row.network.verdict === 'chosen';
    return {
      label: coefficientsText(row.network),
      data: curve[measure].flatMap((y, i) => (y === null ? [] : [{ x: i + 1, y }])),
      showLine: true,
      borderColor: isChosen ? theme.chosen : rankColour(rank, ranks, theme),
      borderWidth: isChosen ? 2.5 : 1.25,
      borderDash: row.trial.state === 'running' ? [5, 4] : [],
      pointRadius: 0,
      pointHoverRadius: 4,
      pointHitRadius: 5,
      segment: {},
      order: isChosen ? 0 : 1,
    };
  });
  const config = {
    type: 'scatter',
    data: { datasets },
    options: {
      ...commonOptions(theme),
      interaction: { mode: 'nearest', intersect: true },
      scales: {
        x: axis(theme, 'Epoch', { type: 'linear', min: 1, max: Math.max(2, epochs), ticks: { precision: 0 } }),
        y: axis(theme, measureLabels[measure], {
          ticks: {
            callback: isShare ? percentTick : lossTick,
          },
        }),
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            title: ([item]: TooltipItem<'scatter'>[]) => item?.dataset.label ?? '',
            label: ({ parsed, datasetIndex }: TooltipItem<'scatter'>) => {
              const row = lines[datasetIndex]?.row;
              return [`seed ${(row?.replicate ?? 0) + 1}, epoch ${parsed.x}: ${show(parsed.y ?? 0)}`];
            },
          },
        },
        annotation: { annotations: rungMarks(rungs, theme) },
      },
      onClick: (_event: unknown, [hit]: readonly { datasetIndex: number }[]) => {
        const row = hit && lines[hit.datasetIndex]?.row;
        const href = row ? linkOf(row) : null;
        if (href) location.hash = href.slice(1);
      },
    },
  } as unknown as ChartConfiguration;
  const points = datasets.flatMap(({ data, label }, datasetIndex): WalkPoint[] => {
    const { row } = lines[datasetIndex] as (typeof lines)[number];
    const last = data.at(-1);
    if (!last) return [];
    const text = () => `${label}, seed ${row.replicate + 1}: ${show(last.y)} after epoch ${last.x}`;
    return [{ datasetIndex, index: data.length - 1, text, href: linkOf(row) }];
  });
  return { config, points };
}

/** Where trials pause and the best go on. */
function rungMarks(rungs: readonly number[], theme: Theme): Record<string, object> {
  return Object.fromEntries(
    rungs.map((epoch) => [
      `rung ${epoch}`,
      {
        type: 'line',
        xMin: epoch,
        xMax: epoch,
        borderColor: theme.limit,
        borderWidth: 1,
        borderDash: [2, 4],
        label: {
          display: true,
          content: `rung ${epoch}`,
          position: 'start',
          backgroundColor: theme.surface,
          color: theme.limit,
          font: { family: theme.font, size: 11, weight: 'normal' },
          padding: 3,
        },
      },
    ]),
  );
}
