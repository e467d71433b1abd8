import type { Chart } from 'chart.js';
import { SvgContext } from './svg-context.js';

/** Chart.js keeps the drawing context in three kinds of places; the last is not part of its public types. */
interface Drawn {
  ctx: CanvasRenderingContext2D;
}
interface DrawnSeries {
  _ctx: CanvasRenderingContext2D;
}

/** A chart as SVG text, exactly as it is on the screen: drawn once more, into a context that writes down what is drawn. */
export function chartToSvg(chart: Chart, background: string): string {
  const { width, height, ctx } = chart;
  const svg = new SvgContext(width, height, ctx);
  svg.fillStyle = background;
  svg.fillRect(0, 0, width, height);
  const drawn: Drawn[] = [chart, ...Object.values(chart.scales)];
  const series = chart.getSortedVisibleDatasetMetas().map(({ controller }) => controller as unknown as DrawnSeries);
  const drawInto = (context: CanvasRenderingContext2D): void => {
    for (const each of drawn) each.ctx = context;
    for (const each of series) each._ctx = context;
  };
  drawInto(svg as unknown as CanvasRenderingContext2D);
  try {
    chart.draw();
  } finally {
    drawInto(ctx);
  }
  return svg.toSvg();
}
