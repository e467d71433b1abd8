import type { ChartConfiguration, TooltipItem } from 'chart.js';
import { median } from '../../../search/base/median.js';
import { coefficientsText, networkLines } from '../data/describe.js';
import { coefficient } from '../data/format.js';
import type { NetworkRow } from '../data/model.js';
import { axis, coefficientTick, commonOptions, percentTick, setCoefficientTicks, tooltipStyle } from './axes.js';
import { faded } from './colour.js';
import type { WalkPoint } from './stretch.js';
import type { Theme } from './theme.js';

export type CoefficientName = 'alpha' | 'beta' | 'gamma';

export const coefficientLabels: Readonly<Record<CoefficientName, { readonly sign: string; readonly what: string }>> = {
  alpha: { sign: 'α', what: 'depth' },
  beta: { sign: 'β', what: 'width' },
  gamma: { sign: 'γ', what: 'resolution' },
};

interface CoefficientPoint {
  readonly x: number;
  readonly y: number;
  readonly row: NetworkRow;
}

export interface Median {
  readonly x: number;
  readonly y: number;
  readonly n: number;
}

/** Mean accuracy of every searched point against one coefficient, with the median at each of its values. */
export function coefficientChart(
  name: CoefficientName,
  rows: readonly NetworkRow[],
  extent: readonly [low: number, high: number] | null,
  theme: Theme,
  linkOf: (row: NetworkRow) => string | null,
): { config: ChartConfiguration; points: readonly WalkPoint[]; medians: readonly Median[] } {
  const data = coefficientPoints(name, rows);
  const medians = mediansOf(data);
  const { sign, what } = coefficientLabels[name];
  const colour = theme.searched;
  const isChosen = ({ row }: CoefficientPoint): boolean => row.verdict === 'chosen';
  // Each series has one look, so that Chart.js works it out once and not for each of thousands of points.
  const series = [data.filter((point) => !isChosen(point)), data.filter(isChosen)];
  const shownPoint = (datasetIndex: number, index: number): CoefficientPoint | undefined =>
    series[datasetIndex - 1]?.[index];
  const config = {
    type: 'scatter',
    data: {
      datasets: [
        {
          data: medians,
          showLine: true,
          borderColor: theme.ink,
          borderWidth: 1.75,
          pointRadius: 0,
          pointHitRadius: 0,
          segment: {},
          order: 0,
        },
        {
          data: series[0],
          pointRadius: 3.5,
          pointBackgroundColor: faded(colour, 0.35),
          pointBorderColor: faded(colour, 0.6),
          pointBorderWidth: 1,
          clip: 6,
          order: 2,
        },
        {
          data: series[1],
          pointRadius: 6,
          pointBackgroundColor: faded(colour, 0.35),
          pointBorderColor: theme.chosen,
          pointBorderWidth: 3,
          clip: 6,
          order: 1,
        },
      ],
    },
    options: {
      ...commonOptions(theme),
      interaction: { mode: 'nearest', intersect: true },
      scales: {
        x: axis(theme, `${sign}, ${what}`, {
          type: 'linear',
          ...paddedExtent(data.map(({ x }) => x)),
          afterBuildTicks: setCoefficientTicks,
          ticks: { autoSkip: false, maxRotation: 0, callback: coefficientTick },
        }),
        y: axis(theme, 'Mean validation accuracy', {
          ...(extent ? { min: extent[0], max: extent[1] } : {}),
          ticks: {
            maxTicksLimit: 6,
            includeBounds: false,
            callback: percentTick,
          },
        }),
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          filter: ({ datasetIndex }: TooltipItem<'scatter'>) => datasetIndex > 0,
          callbacks: {
            title: ([item]: TooltipItem<'scatter'>[]) =>
              item ? coefficientsText((item.raw as CoefficientPoint).row) : '',
            label: ({ raw }: TooltipItem<'scatter'>) => networkLines((raw as CoefficientPoint).row),
          },
        },
      },
      onClick: (_event: unknown, active: readonly { datasetIndex: number; index: number }[]) => {
        const hit = active.find(({ datasetIndex }) => datasetIndex > 0);
        const point = hit && shownPoint(hit.datasetIndex, hit.index);
        const href = point ? linkOf(point.row) : null;
        if (href) location.hash = href.slice(1);
      },
    },
  } as unknown as ChartConfiguration;
  const points = series
    .flatMap((own, i) => own.map((point, index) => ({ ...point, datasetIndex: i + 1, index })))
    .map(({ x, row, datasetIndex, index }) => ({
      x,
      walk: {
        datasetIndex,
        index,
        text: () => `${sign} ${coefficient(x)}. ${coefficientsText(row)}. ${networkLines(row)[0]}`,
        href: linkOf(row),
      },
    }))
    .toSorted((a, b) => a.x - b.x)
    .map(({ walk }) => walk);
  return { config, points, medians };
}

/** Several points can lead to one network: each of them is a place on the axis. */
function coefficientPoints(name: CoefficientName, rows: readonly NetworkRow[]): CoefficientPoint[] {
  return rows.flatMap((row) => {
    const mean = row.estimate?.mean;
    if (mean === undefined || row.group !== 'searched') return [];
    const values = new Set(row.network.points.filter(({ role }) => role === 'grid').map((point) => point[name]));
    return [...values].map((x) => ({ x, y: mean, row }));
  });
}

function paddedExtent(values: readonly number[]): { min?: number; max?: number } {
  if (values.length === 0) return {};
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.02, (high - low) * 0.04);
  return { min: low - margin, max: high + margin };
}

function mediansOf(data: readonly CoefficientPoint[]): Median[] {
  const groups = new Map<number, number[]>();
  for (const { x, y } of data) {
    const group = groups.get(x);
    if (group) group.push(y);
    else groups.set(x, [y]);
  }
  return [...groups].map(([x, ys]) => ({ x, y: median(ys), n: ys.length })).toSorted((a, b) => a.x - b.x);
}
