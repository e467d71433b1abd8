import type { ChartConfiguration, ChartDataset, TooltipItem } from 'chart.js';
import type { FamilyRow, FamilyView } from '../../api.js';
import { bytes, coefficient, count, times } from '../data/format.js';
import { type FamilyMeasure, familyMeasures } from '../data/metrics.js';
import { axis, commonOptions, setLogTicks, tooltipStyle } from './axes.js';
import type { WalkPoint } from './stretch.js';
import type { ColourName, Theme } from './theme.js';

type Rule = FamilyRow['rule'];

export const familyRules: Readonly<
  Record<
    Rule,
    { readonly label: string; readonly point: string; readonly colour: ColourName; readonly dash: readonly number[] }
  >
> = {
  compound: { label: 'Choice', point: 'circle', colour: 'searched', dash: [] },
  depth: { label: 'Depth only', point: 'triangle', colour: 'depth', dash: [5, 4] },
  width: { label: 'Width only', point: 'rect', colour: 'width', dash: [5, 4] },
  resolution: { label: 'Resolution only', point: 'rectRot', colour: 'resolution', dash: [5, 4] },
  fast: { label: 'Fast scaling', point: 'star', colour: 'muted', dash: [2, 3] },
};

interface FamilyPoint {
  readonly x: number;
  readonly y: number;
  readonly row: FamilyRow;
}

/** One line per rule against φ, logarithmic: networks above each other cost the same multiply-adds. */
export function familyChart(
  { rows }: FamilyView,
  measure: FamilyMeasure,
  theme: Theme,
): { config: ChartConfiguration; points: readonly WalkPoint[]; drawn: readonly Rule[] } {
  const { label, of, show, tick } = familyMeasures[measure];
  // At φ = 0 every rule leaves the baseline as it is.
  const origin = rows.filter(({ phi }) => phi === 0);
  const series = (Object.keys(familyRules) as Rule[])
    .map((rule) => ({
      rule,
      data: [...rows.filter((row) => row.rule === rule), ...(rule === 'compound' ? [] : origin)]
        .map((row): FamilyPoint => ({ x: row.phi, y: of(row), row }))
        .toSorted((a, b) => a.x - b.x),
    }))
    .filter(({ data }) => data.length > 1);
  const datasets = series.map(({ rule, data }): ChartDataset => {
    const { label: name, point, colour, dash } = familyRules[rule];
    return {
      label: name,
      data,
      showLine: true,
      borderColor: theme[colour],
      borderWidth: rule === 'compound' ? 2.5 : 1.25,
      borderDash: dash,
      pointStyle: point,
      pointRadius: rule === 'compound' ? 5 : 4,
      pointBackgroundColor: theme[colour],
      pointBorderColor: theme[colour],
      segment: {},
      order: rule === 'compound' ? 0 : 1,
    } as unknown as ChartDataset;
  });
  const config = {
    type: 'scatter',
    data: { datasets },
    options: {
      ...commonOptions(theme),
      interaction: { mode: 'nearest', intersect: true },
      scales: {
        x: axis(theme, 'φ: how much more compute is spent', {
          type: 'linear',
          ticks: { stepSize: 1, callback: (phi: number) => String(phi).replace('-', '−') },
        }),
        y: axis(theme, `${label}, log scale`, {
          type: 'logarithmic',
          afterBuildTicks: setLogTicks,
          ticks: { callback: (value: number) => tick(value), autoSkip: false },
        }),
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            title: ([item]: TooltipItem<'scatter'>[]) => `${item?.dataset.label} at φ ${item?.parsed.x}`,
            label: ({ raw }: TooltipItem<'scatter'>) => familyLines((raw as FamilyPoint).row),
          },
        },
      },
    },
  } as unknown as ChartConfiguration;
  const points = series.flatMap(({ rule, data }, datasetIndex) =>
    data.map(({ x, y, row }, index) => ({
      datasetIndex,
      index,
      text: () => `${familyRules[rule].label} at φ ${x}: ${show(y)}. ${familyLines(row).join('. ')}`,
      href: null,
    })),
  );
  return { config, points, drawn: series.map(({ rule }) => rule) };
}

function familyLines({
  multipliers: { depth, width, resolution },
  resolutionPx,
  cost,
  realised,
  peakBytes,
}: FamilyRow): string[] {
  return [
    `d ${coefficient(depth)}  w ${coefficient(width)}  r ${coefficient(resolution)}, ${resolutionPx} px`,
    `${times(realised)} MACs · ${count(cost.macs)} MACs · ${count(cost.params)} params`,
    `${count(cost.activations)} activations · ${bytes(peakBytes)} predicted`,
  ];
}
