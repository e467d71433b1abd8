import type { Chart } from 'chart.js';
import { SvgContext } from './svg-context.js';

/** Chart.js keeps the drawing context in three kinds of places; the last is not part of its public types. */
interface Drawn {
  ctx: CanvasRenderingContext2D;
}
interface DrawnSeries {
  _ctx: CanvasRenderingContext2D;
}

/** A chart as SVG text, exactly as on screen: drawn again into a context that records the drawing as SVG. */
export function chartToSvg(chart: Chart): string {
  const svg = new SvgContext(chart.width, chart.height, chart.ctx);
  drawInto(svg, chart);
  return svg.toSvg();
}

function drawInto(svg: SvgContext, chart: Chart): void {
  const { ctx } = chart;
  const drawn: Drawn[] = [chart, ...Object.values(chart.scales)];
  const series = chart.getSortedVisibleDatasetMetas().map(({ controller }) => controller as unknown as DrawnSeries);
  const redirect = (context: CanvasRenderingContext2D): void => {
    for (const each of drawn) each.ctx = context;
    for (const each of series) each._ctx = context;
  };
  redirect(svg as unknown as CanvasRenderingContext2D);
  try {
    chart.draw();
  } finally {
    redirect(ctx);
  }
}
