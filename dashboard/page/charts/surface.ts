import type { Chart, Plugin } from 'chart.js';
import type { SurfaceView } from '../../api.js';
import { faded } from './colour.js';
import { boundsPolygon, contour, levels, type Place } from './contours.js';
import type { Theme } from './theme.js';

const mostLevels = 8;

type At = (shares: Place) => readonly [left: number, top: number];

/** Draws the fitted surface on the simplex: its contours with their values, the confidence region of the optimum, and the optimum. */
export function surfacePlugin(
  surface: SurfaceView,
  theme: Theme,
  place: (depth: number, width: number) => { x: number; y: number },
): Plugin {
  const { depths, widths, accuracy, region, bounds, optimum } = surface;
  const field = { xs: depths, ys: widths, values: accuracy };
  const edge = boundsPolygon(bounds);
  const heights = depths.flatMap((depth, i) =>
    widths.flatMap((width, j) => (isWithin(bounds.resolution, 1 - depth - width) ? [accuracy[i]?.[j] as number] : [])),
  );
  const lines = levels(Math.min(...heights), Math.max(...heights), mostLevels).map((level) => ({
    level,
    segments: contour(field, level),
  }));
  const outline = contour({ ...field, values: region }, 1);
  const inside = cells(surface);

  return {
    id: 'surface',
    beforeDatasetsDraw(chart: Chart) {
      const { ctx } = chart;
      const { x, y } = chart.scales;
      if (!x || !y) return;
      const at: At = ([depth, width]) => {
        const spot = place(depth, width);
        return [x.getPixelForValue(spot.x), y.getPixelForValue(spot.y)];
      };
      ctx.save();
      trace(ctx, edge, at);
      ctx.clip();
      ctx.fillStyle = faded(theme.chosen, 0.16);
      for (const triangle of inside) {
        trace(ctx, triangle, at);
        ctx.fill();
      }
      ctx.lineWidth = 1;
      ctx.strokeStyle = theme.muted;
      for (const { segments } of lines) strokeAll(ctx, segments, at);
      ctx.lineWidth = 1.75;
      ctx.strokeStyle = theme.chosen;
      strokeAll(ctx, outline, at);
      ctx.restore();
      ctx.save();
      ctx.setLineDash([2, 3]);
      ctx.strokeStyle = theme.muted;
      trace(ctx, edge, at);
      ctx.stroke();
      ctx.restore();
      drawLabels(ctx, lines, edge, at, theme);
    },
    afterDatasetsDraw(chart: Chart) {
      const { ctx } = chart;
      const { x, y } = chart.scales;
      if (!x || !y) return;
      const spot = place(optimum.shares.depth, optimum.shares.width);
      drawCross(ctx, x.getPixelForValue(spot.x), y.getPixelForValue(spot.y), theme);
    },
  };
}

function isWithin([least, most]: readonly [number, number], share: number): boolean {
  return share >= least && share <= most;
}

/** The triangles of the grid whose corners all lie in the region; the outline smooths their edge. */
function cells({ depths, widths, region }: SurfaceView): Place[][] {
  const found: Place[][] = [];
  for (let i = 0; i + 1 < depths.length; i++) {
    for (let j = 0; j + 1 < widths.length; j++) {
      for (const corners of [
        [
          [i, j],
          [i + 1, j],
          [i, j + 1],
        ],
        [
          [i + 1, j],
          [i, j + 1],
          [i + 1, j + 1],
        ],
      ] as const) {
        if (corners.every(([a, b]) => (region[a]?.[b] as number) <= 1))
          found.push(corners.map(([a, b]): Place => [depths[a] as number, widths[b] as number]));
      }
    }
  }
  return found;
}

function trace(ctx: CanvasRenderingContext2D, polygon: readonly Place[], at: At): void {
  ctx.beginPath();
  polygon.forEach((corner, i) => {
    if (i === 0) ctx.moveTo(...at(corner));
    else ctx.lineTo(...at(corner));
  });
  ctx.closePath();
}

function strokeAll(ctx: CanvasRenderingContext2D, segments: readonly (readonly [Place, Place])[], at: At): void {
  ctx.beginPath();
  for (const [from, to] of segments) {
    ctx.moveTo(...at(from));
    ctx.lineTo(...at(to));
  }
  ctx.stroke();
}

/** Each level says its value once, where its line comes lowest within the bounds, unless another one is in the way. */
function drawLabels(
  ctx: CanvasRenderingContext2D,
  lines: readonly { readonly level: number; readonly segments: readonly (readonly [Place, Place])[] }[],
  edge: readonly Place[],
  at: At,
  theme: Theme,
): void {
  const taken: (readonly [number, number])[] = [];
  ctx.save();
  ctx.font = `11px ${theme.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  for (const { level, segments } of lines) {
    const spots = segments
      .map(([from]) => from)
      .filter((spot) => isInside(edge, spot))
      .map(at)
      .filter(([left, top]) => taken.every(([x, y]) => Math.hypot((left - x) / 2, top - y) > 16))
      .toSorted((a, b) => b[1] - a[1]);
    const [spot] = spots;
    if (!spot) continue;
    taken.push(spot);
    const text = `${Number((100 * level).toFixed(2))} %`;
    const half = ctx.measureText(text).width / 2 + 3;
    ctx.fillStyle = theme.surface;
    ctx.fillRect(spot[0] - half, spot[1] - 7, 2 * half, 14);
    ctx.fillStyle = theme.muted;
    ctx.fillText(text, ...spot);
  }
  ctx.restore();
}

/** Whether a place lies in a convex polygon: on the same side of all its edges. */
function isInside(polygon: readonly Place[], [x, y]: Place): boolean {
  const sides = polygon.map((to, i) => {
    const from = polygon.at(i - 1) as Place;
    return (to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]);
  });
  return sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
}

function drawCross(ctx: CanvasRenderingContext2D, left: number, top: number, theme: Theme): void {
  ctx.save();
  for (const [width, colour] of [
    [5, theme.surface],
    [2, theme.ink],
  ] as const) {
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.beginPath();
    ctx.moveTo(left - 7, top);
    ctx.lineTo(left + 7, top);
    ctx.moveTo(left, top - 7);
    ctx.lineTo(left, top + 7);
    ctx.stroke();
  }
  ctx.restore();
}
