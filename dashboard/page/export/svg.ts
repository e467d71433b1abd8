import type { Chart } from 'chart.js';
import { SvgContext } from './svg-context.js';

/** Chart.js keeps the drawing context in three kinds of places; the last is not part of its public types. */
interface Drawn {
  ctx: CanvasRenderingContext2D;
}
interface DrawnSeries {
  _ctx: CanvasRenderingContext2D;
}

/** Charts as SVG text, side by side and exactly as they are on the screen: drawn once more, into a context that writes down what is drawn. */
export function chartsToSvg(charts: readonly Chart[], background: string): string {
  const [first] = charts;
  if (!first) return '';
  const width = charts.reduce((sum, chart) => sum + chart.width, 0);
  const height = Math.max(...charts.map((chart) => chart.height));
  const svg = new SvgContext(width, height, first.ctx);
  svg.fillStyle = background;
  svg.fillRect(0, 0, width, height);
  for (const chart of charts) {
    drawInto(svg, chart);
    svg.translate(chart.width, 0);
  }
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
