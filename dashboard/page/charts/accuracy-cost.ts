import type { ChartConfiguration, ChartDataset, TooltipItem } from 'chart.js';
import { type ParetoPoint, paretoFront } from '../../../search/evidence/pareto.js';
import type { PlanView } from '../../api.js';
import { coefficientsText, networkLines } from '../data/describe.js';
import { percent } from '../data/format.js';
import { type CostMetricName, costMetrics } from '../data/metrics.js';
import { type Group, groups, type NetworkRow } from '../data/model.js';
import type { Settings } from '../data/settings.js';
import published from '../published.json';
import { axis, commonOptions, percentTick, setLogTicks, tooltipStyle } from './axes.js';
import { faded } from './colour.js';
import { groupStyle } from './glyph.js';
import type { WalkPoint } from './stretch.js';
import type { Theme } from './theme.js';

/** More points than this are drawn small, so that they do not hide one another. */
const crowd = 300;

interface CostPoint extends ParetoPoint {
  readonly x: number;
  readonly y: number;
  readonly yMin: number;
  readonly yMax: number;
  readonly row: NetworkRow;
}

interface Mark {
  readonly x: number;
  readonly y: number;
  readonly text: readonly string[];
}

export interface AccuracyCostChart {
  readonly config: ChartConfiguration;
  readonly points: readonly WalkPoint[];
  /** The networks on the Pareto front, by cost. */
  readonly front: readonly NetworkRow[];
  /** The networks that have no place on the chart: no result yet, or no measure of this cost. */
  readonly withoutPlace: number;
}

/** Accuracy against a cost, logarithmic: every network with its interval, and the layers that are switched on. */
export function accuracyCostChart(
  plan: PlanView,
  rows: readonly NetworkRow[],
  { metric: name, layers }: Pick<Settings, 'metric' | 'layers'>,
  theme: Theme,
  linkOf: (row: NetworkRow) => string | null,
): AccuracyCostChart {
  const metric = costMetrics[name];
  const placed = rows.flatMap((row) => toPoint(row, metric.of(row)));
  const shown = placed.filter(
    ({ row }) => layers.has('series') || row.group === 'searched' || row.group === 'baseline',
  );
  const front = paretoFront(shown);

  const datasets: ChartDataset[] = groups.flatMap((group) => {
    const own = shown
      .filter(({ row }) => row.group === group)
      .toSorted((a, b) => rank(a.row) - rank(b.row) || a.x - b.x);
    return looksOf(own).map((alike) => groupDataset(group, alike, theme, layers.has('intervals')));
  });
  const points = datasets.flatMap((dataset, datasetIndex) =>
    (dataset.data as unknown as CostPoint[]).map(({ row, x }, index) => ({
      x,
      walk: {
        datasetIndex,
        index,
        text: () => [coefficientsText(row), ...networkLines(row)].join('. '),
        href: linkOf(row),
      },
    })),
  );
  if (layers.has('front')) datasets.push(frontDataset(front, theme));
  if (layers.has('published')) datasets.push(...publishedDatasets(name, theme));

  const config = {
    type: 'scatterWithErrorBars',
    data: { datasets },
    options: {
      ...commonOptions(theme),
      interaction: { mode: 'nearest', intersect: true },
      scales: {
        x: axis(theme, `${metric.label} (${metric.unit}), log scale`, {
          type: 'logarithmic',
          grace: '8%',
          afterBuildTicks: setLogTicks,
          ticks: { callback: (value: number) => metric.tick(value), maxRotation: 0, autoSkip: false },
        }),
        y: axis(theme, 'Validation accuracy', { grace: '8%', ticks: { callback: percentTick } }),
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          filter: ({ dataset }: TooltipItem<'scatter'>) => dataset.label !== 'front',
          callbacks: {
            title: ([item]: TooltipItem<'scatter'>[]) => titleOf(item?.raw),
            label: ({ raw }: TooltipItem<'scatter'>) => linesOf(raw),
          },
        },
        annotation: { annotations: layers.has('limits') ? limitLines(plan, name, theme) : {} },
        zoom: {
          zoom: { wheel: { enabled: true, modifierKey: 'ctrl' }, pinch: { enabled: true }, mode: 'xy' },
          pan: { enabled: true, modifierKey: 'shift', mode: 'xy' },
        },
      },
      onClick: (_event: unknown, active: readonly { datasetIndex: number; index: number }[]) => {
        const [hit] = active;
        const raw = hit && (datasets[hit.datasetIndex]?.data[hit.index] as unknown as Partial<CostPoint>);
        const href = raw?.row ? linkOf(raw.row) : null;
        if (href) location.hash = href.slice(1);
      },
    },
  } as unknown as ChartConfiguration;
  return {
    config,
    points: points.toSorted((a, b) => a.x - b.x).map(({ walk }): WalkPoint => walk),
    front: front.map(({ row }) => row),
    withoutPlace: rows.length - placed.length,
  };
}

function toPoint(row: NetworkRow, cost: number | null): CostPoint[] {
  if (!row.estimate || cost === null) return [];
  const { mean, interval } = row.estimate;
  const [yMin, yMax] = interval ?? [mean, mean];
  return [{ x: cost, y: mean, yMin, yMax, row, cost, accuracy: mean }];
}

/** Points that look alike, in the order they are drawn in: Chart.js works out the look of such a series once and not for each point. */
function looksOf(points: readonly CostPoint[]): CostPoint[][] {
  return [0, 1, 2].map((own) => points.filter(({ row }) => rank(row) === own)).filter(({ length }) => length > 0);
}

/** The chosen one wears a ring, the tied ones are filled, the others pale; a single-dimension series is joined by a line. */
function groupDataset(group: Group, data: readonly CostPoint[], theme: Theme, intervals: boolean): ChartDataset {
  const { label, point, colour } = groupStyle[group];
  const fill = theme[colour];
  const isSeries = group !== 'searched' && group !== 'baseline';
  const look = data[0] ? rank(data[0].row) : 0;
  const by = <T>(chosen: T, tied: T, other: T): T => [other, tied, chosen][look] as T;
  const rest = group === 'searched' ? faded(fill, 0.25) : fill;
  return {
    label,
    data: data as unknown as ChartDataset['data'],
    pointStyle: point,
    radius: by(7, 5.5, data.length > crowd ? 3 : 5),
    hoverRadius: by(9, 7.5, 7),
    backgroundColor: by(fill, fill, rest),
    borderColor: by(theme.chosen, theme.surface, group === 'baseline' ? fill : faded(fill, 0.7)),
    borderWidth: by(4, 1, group === 'baseline' ? 2.5 : 1),
    errorBarColor: by(theme.chosen, fill, faded(fill, 0.35)),
    errorBarWhiskerColor: by(theme.chosen, fill, faded(fill, 0.35)),
    errorBarLineWidth: intervals ? by(2, 1.25, 1) : 0,
    errorBarWhiskerLineWidth: intervals ? 1 : 0,
    errorBarWhiskerSize: intervals ? 6 : 0,
    showLine: isSeries,
    lineBorderColor: faded(fill, 0.55),
    lineBorderWidth: 1.25,
    lineBorderDash: [5, 4],
    segment: {},
    clip: 8,
    order: group === 'searched' ? 3 - look : 4,
  } as unknown as ChartDataset;
}

/** Draws what matters most last, on top. A single-dimension series has one rank, so that its line follows cost. */
function rank({ verdict }: NetworkRow): number {
  return verdict === 'chosen' ? 2 : verdict === 'tied' ? 1 : 0;
}

/** A staircase: the highest accuracy at or below each cost. */
function frontDataset(front: readonly CostPoint[], theme: Theme): ChartDataset {
  return {
    type: 'scatter',
    label: 'front',
    data: front.map(({ x, y }) => ({ x, y })),
    showLine: true,
    stepped: 'before',
    borderColor: faded(theme.ink, 0.6),
    borderWidth: 1.5,
    pointRadius: 0,
    pointHitRadius: 0,
    segment: {},
    // Above the rejected points, of which there may be a thousand.
    order: 2.5,
  } as unknown as ChartDataset;
}

function publishedDatasets(name: CostMetricName, theme: Theme): ChartDataset[] {
  if (name === 'secondsPerImage' || name === 'memory') return [];
  const marks = (isFamily: boolean): Mark[] =>
    published.networks
      .filter(({ family }) => (family === 'efficientnet') === isFamily)
      .map((network) => ({
        x: network[name],
        y: network.accuracy,
        text: [
          `${network.name} (${network.year}), published`,
          `${percent(network.accuracy)} top-1 on ImageNet`,
          `${network.resolutionPx} px · ${costMetrics[name].show(network[name])} ${name}`,
          network.source,
        ],
      }));
  const style = {
    type: 'scatter',
    pointStyle: 'circle',
    pointRadius: 4,
    pointBackgroundColor: 'transparent',
    pointBorderColor: theme.published,
    pointBorderWidth: 1.5,
    borderColor: faded(theme.published, 0.6),
    borderWidth: 1,
    segment: {},
    order: 6,
  };
  return [
    { ...style, label: 'published', data: marks(false) },
    { ...style, label: 'published family', data: marks(true), showLine: true },
  ] as unknown as ChartDataset[];
}

/** The limits of the experiment that act on this cost, and the cost that candidates are compared at. */
function limitLines(plan: PlanView, name: CostMetricName, theme: Theme): Record<string, object> {
  const { limits, baseline, targetMacs } = plan;
  const lines: { label: string; value: number | undefined; dash: number[] }[] = {
    macs: [
      { label: 'target', value: targetMacs, dash: [2, 4] },
      { label: 'limit: MACs', value: limits.macs, dash: [] },
      { label: 'limit: cost ratio', value: limits.costRatio && limits.costRatio * baseline.cost.macs, dash: [] },
    ],
    params: [{ label: 'limit: params', value: limits.params, dash: [] }],
    activations: [{ label: 'limit: activations', value: limits.activations, dash: [] }],
    memory: [{ label: 'limit: memory', value: limits.memoryBytes, dash: [] }],
    secondsPerImage: [],
  }[name];
  const drawn = lines.flatMap(({ value, ...line }) => (value === undefined ? [] : [{ ...line, value }]));
  return Object.fromEntries(
    drawn.map(({ label, value, dash }, i) => [
      label,
      {
        type: 'line',
        xMin: value,
        xMax: value,
        borderColor: theme.limit,
        borderWidth: 1.25,
        borderDash: dash,
        label: {
          display: true,
          content: `${label} ${costMetrics[name].tick(value)}`,
          position: 'end',
          // Below one another: two limits may be near.
          yAdjust: 20 * i,
          backgroundColor: theme.surface,
          color: theme.limit,
          font: { family: theme.font, size: 11, weight: 'normal' },
          padding: 3,
        },
      },
    ]),
  );
}

function titleOf(raw: unknown): string {
  const { row, text } = (raw ?? {}) as Partial<CostPoint & Mark>;
  return row ? coefficientsText(row) : (text?.[0] ?? '');
}

function linesOf(raw: unknown): string[] {
  const { row, text } = (raw ?? {}) as Partial<CostPoint & Mark>;
  return row ? networkLines(row) : [...(text?.slice(1) ?? [])];
}
