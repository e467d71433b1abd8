import type { Chart, ChartConfiguration, Plugin, TooltipItem } from 'chart.js';
import type { SurfaceView } from '../../api.js';
import { coefficientsText, networkLines } from '../data/describe.js';
import type { NetworkRow } from '../data/model.js';
import { commonOptions, tooltipStyle } from './axes.js';
import { sequential } from './colour.js';
import type { WalkPoint } from './stretch.js';
import { surfacePlugin } from './surface.js';
import type { Theme } from './theme.js';

/** Shares of depth, width and resolution as a place in a triangle of side 1: depth left, width right, resolution on top. */
function toPlane([, width, resolution]: readonly [number, number, number]): { x: number; y: number } {
  return { x: width + resolution / 2, y: (resolution * Math.sqrt(3)) / 2 };
}

function placeOf(depth: number, width: number): { x: number; y: number } {
  return toPlane([depth, width, 1 - depth - width]);
}

interface SimplexPoint {
  readonly x: number;
  readonly y: number;
  readonly row: NetworkRow;
}

export interface SimplexChart {
  readonly config: ChartConfiguration;
  readonly points: readonly WalkPoint[];
  /** Accuracies at the ends of the colour scale; null without a result. */
  readonly scale: readonly [low: number, high: number] | null;
}

/** Where each candidate spends its extra compute, coloured by its mean accuracy. */
export function simplexChart(
  rows: readonly NetworkRow[],
  surface: SurfaceView | null,
  theme: Theme,
  linkOf: (row: NetworkRow) => string | null,
): SimplexChart {
  const data = rows.flatMap((row): SimplexPoint[] =>
    row.estimate && row.shares && row.group !== 'baseline' ? [{ ...toPlane(row.shares), row }] : [],
  );
  // Drawn in this order: what matters most lies on top.
  data.sort((a, b) => rank(a.row) - rank(b.row) || (a.row.estimate?.mean ?? 0) - (b.row.estimate?.mean ?? 0));
  const means = data.map(({ row }) => row.estimate?.mean ?? 0);
  const low = Math.min(...means);
  const high = Math.max(...means);
  const series = looksOf(data, (mean) => (high > low ? (mean - low) / (high - low) : 0.5));

  const config = {
    type: 'scatter',
    data: {
      datasets: series.map(({ look, step, own }, i) => ({
        data: own,
        pointRadius: [5, 6, 8][look],
        pointHoverRadius: [7, 8, 10][look],
        pointBackgroundColor: sequential(step / (scaleSteps - 1)),
        pointBorderColor: [theme.surface, theme.ink, theme.chosen][look],
        pointBorderWidth: [1, 1.5, 4][look],
        clip: false,
        order: series.length - i,
      })),
    },
    options: {
      ...commonOptions(theme),
      layout: { padding: 4 },
      interaction: { mode: 'nearest', intersect: true },
      scales: {
        x: { type: 'linear', display: false, min: -0.08, max: 1.08 },
        y: { type: 'linear', display: false, min: -0.1, max: 0.95 },
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            title: ([item]: TooltipItem<'scatter'>[]) => (item ? coefficientsText((item.raw as SimplexPoint).row) : ''),
            label: ({ raw }: TooltipItem<'scatter'>) => [
              sharesText((raw as SimplexPoint).row),
              ...networkLines((raw as SimplexPoint).row),
            ],
          },
        },
      },
      onClick: (_event: unknown, [hit]: readonly { datasetIndex: number; index: number }[]) => {
        const point = hit && series[hit.datasetIndex]?.own[hit.index];
        const href = point ? linkOf(point.row) : null;
        if (href) location.hash = href.slice(1);
      },
    },
    plugins: [triangle(theme), ...(surface ? [surfacePlugin(surface, theme, placeOf, data)] : [])],
  } as unknown as ChartConfiguration;
  return {
    config,
    points: series.flatMap(({ own }, datasetIndex) =>
      own.map(({ row }, index) => ({
        datasetIndex,
        index,
        text: () => `${coefficientsText(row)}. ${sharesText(row)}. ${networkLines(row)[0]}`,
        href: linkOf(row),
      })),
    ),
    scale: means.length > 0 ? [low, high] : null,
  };
}

export function sharesText({ shares }: Pick<NetworkRow, 'shares'>): string {
  const [depth, width, resolution] = (shares ?? [0, 0, 0]).map((share) => `${Math.round(100 * share)} %`);
  return `extra compute: depth ${depth}, width ${width}, resolution ${resolution}`;
}

/** Steps of the colour scale: as many series at most for each standing. */
export const scaleSteps = 24;

/**
 * Points that look alike, in the order they are drawn in, the chosen one last: Chart.js works out the look of such a series once and not
 * for each point.
 */
function looksOf(
  data: readonly SimplexPoint[],
  shareOf: (mean: number) => number,
): { look: number; step: number; own: SimplexPoint[] }[] {
  const series = new Map<number, { look: number; step: number; own: SimplexPoint[] }>();
  for (const point of data) {
    const look = rank(point.row);
    const step = Math.round(shareOf(point.row.estimate?.mean ?? 0) * (scaleSteps - 1));
    const key = look * scaleSteps + step;
    const known = series.get(key);
    if (known) known.own.push(point);
    else series.set(key, { look, step, own: [point] });
  }
  return [...series.values()].toSorted((a, b) => a.look - b.look || a.step - b.step);
}

function rank({ verdict }: NetworkRow): number {
  return verdict === 'chosen' ? 2 : verdict === 'tied' ? 1 : 0;
}

/** The triangle with lines at every fifth, and its corners' names. */
function triangle(theme: Theme): Plugin {
  return {
    id: 'triangle',
    beforeDatasetsDraw(chart: Chart) {
      const { ctx } = chart;
      const { x, y } = chart.scales;
      if (!x || !y) return;
      const at = (shares: readonly [number, number, number]): readonly [number, number] => {
        const place = toPlane(shares);
        return [x.getPixelForValue(place.x), y.getPixelForValue(place.y)];
      };
      const line = (from: readonly [number, number, number], to: readonly [number, number, number]): void => {
        ctx.beginPath();
        ctx.moveTo(...at(from));
        ctx.lineTo(...at(to));
        ctx.stroke();
      };
      ctx.save();
      ctx.strokeStyle = theme.grid;
      ctx.lineWidth = 1;
      for (let share = 0; share < 1; share += 0.2) {
        line([share, 1 - share, 0], [share, 0, 1 - share]);
        line([1 - share, share, 0], [0, share, 1 - share]);
        line([1 - share, 0, share], [0, 1 - share, share]);
      }
      ctx.strokeStyle = theme.muted;
      line([1, 0, 0], [0, 1, 0]);
      line([0, 1, 0], [0, 0, 1]);
      line([0, 0, 1], [1, 0, 0]);
      ctx.fillStyle = theme.ink;
      ctx.font = `600 12px ${theme.font}`;
      const name = (text: string, corner: readonly [number, number, number], dy: number): void => {
        const [left, top] = at(corner);
        ctx.textAlign = 'center';
        ctx.fillText(text, left, top + dy);
      };
      name('depth only', [1, 0, 0], 22);
      name('width only', [0, 1, 0], 22);
      name('resolution only', [0, 0, 1], -12);
      ctx.restore();
    },
  };
}
