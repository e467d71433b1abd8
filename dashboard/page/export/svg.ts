import type { Chart } from 'chart.js';
import { Context } from 'svgcanvas';

/** What Chart.js keeps the drawing context in: the chart and each of its scales. */
interface Drawn {
  ctx: CanvasRenderingContext2D;
}

/** A chart as SVG text, exactly as it is on the screen: drawn once more, into a context that writes down what is drawn. */
export function chartToSvg(chart: Chart, background: string): string {
  const { width, height } = chart;
  const context = new Context({ width, height });
  context.fillStyle = background;
  context.fillRect(0, 0, width, height);
  const drawn: Drawn[] = [chart, ...Object.values(chart.scales)];
  const { ctx } = chart;
  for (const each of drawn) each.ctx = context;
  // Clearing would paint white over the background.
  chart.clear = () => chart;
  try {
    chart.draw();
  } finally {
    Reflect.deleteProperty(chart, 'clear');
    for (const each of drawn) each.ctx = ctx;
  }
  return context.getSerializedSvg(true);
}
