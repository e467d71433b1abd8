import type { Chart, Plugin } from 'chart.js';
import type { SurfaceView } from '../../api.js';
import { faded } from './colour.js';
import { boundsPolygon, contour, filled, levels, type Place } from './contours.js';
import type { Theme } from './theme.js';

const mostLevels = 8;

type Pixel = readonly [left: number, top: number];
type At = (shares: Place) => Pixel;

interface Spot {
  readonly x: number;
  readonly y: number;
}

/**
 * Draws the fitted surface on the simplex: its contours with their values, the confidence region of the optimum, and the optimum. `place`
 * says where some shares lie on the chart, `avoid` what no label should cover.
 */
export function surfacePlugin(
  surface: SurfaceView,
  theme: Theme,
  place: (depth: number, width: number) => Spot,
  avoid: readonly Spot[],
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
  const inside = filled({ ...field, values: region }, 1);

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
      // One path: between fills of their own neighbours would leave seams.
      ctx.beginPath();
      for (const polygon of inside) addPolygon(ctx, polygon, at);
      ctx.fill();
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
      const points = avoid.map((spot): Pixel => [x.getPixelForValue(spot.x), y.getPixelForValue(spot.y)]);
      drawLabels(ctx, lines, edge, [...points, at([optimum.shares.depth, optimum.shares.width])], at, theme);
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

function trace(ctx: CanvasRenderingContext2D, polygon: readonly Place[], at: At): void {
  ctx.beginPath();
  addPolygon(ctx, polygon, at);
}

function addPolygon(ctx: CanvasRenderingContext2D, polygon: readonly Place[], at: At): void {
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

/** As far from everything else is far enough for a label, pixels. */
const roomyPx = 40;

/** Each level says its value once, where its line has most room between the points, the edge and the other labels. */
function drawLabels(
  ctx: CanvasRenderingContext2D,
  lines: readonly { readonly level: number; readonly segments: readonly (readonly [Place, Place])[] }[],
  edge: readonly Place[],
  points: readonly Pixel[],
  at: At,
  theme: Theme,
): void {
  const corners = edge.map(at);
  const taken = [...points];
  ctx.save();
  ctx.font = `11px ${theme.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  for (const { level, segments } of lines) {
    let best: Pixel | null = null;
    // Where there is less room than half a label is wide it says nothing.
    let most = 14;
    for (const [from] of segments) {
      const spot = at(from);
      const toPoint = Math.min(...taken.map(([x, y]) => Math.hypot(spot[0] - x, spot[1] - y)));
      const room = Math.min(roomyPx, toPoint, depthWithin(corners, spot));
      if (room > most) [best, most] = [spot, room];
    }
    if (!best) continue;
    taken.push(best);
    const text = `${Number((100 * level).toFixed(2))} %`;
    const half = ctx.measureText(text).width / 2 + 3;
    ctx.fillStyle = theme.surface;
    ctx.fillRect(best[0] - half, best[1] - 7, 2 * half, 14);
    ctx.fillStyle = theme.muted;
    ctx.fillText(text, ...best);
  }
  ctx.restore();
}

/** Distance from a place inside a convex polygon to its nearest edge; negative outside. */
function depthWithin(polygon: readonly Pixel[], [x, y]: Pixel): number {
  const sides = polygon.map((to, i) => {
    const from = polygon.at(i - 1) as Pixel;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    return length === 0 ? Number.NaN : ((to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0])) / length;
  });
  const own = sides.filter((side) => !Number.isNaN(side));
  return Math.max(Math.min(...own), Math.min(...own.map((side) => -side)));
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
