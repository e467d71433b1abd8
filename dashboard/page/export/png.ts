import type { Chart } from 'chart.js';

/** Charts side by side as a picture, at the resolution that they have on the screen; null where the browser cannot make one. */
export function chartsToPng(charts: readonly Chart[], background: string): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  canvas.width = charts.reduce((sum, chart) => sum + chart.canvas.width, 0);
  canvas.height = Math.max(0, ...charts.map((chart) => chart.canvas.height));
  const context = canvas.getContext('2d');
  if (!context) return Promise.resolve(null);
  context.fillStyle = background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  let left = 0;
  for (const chart of charts) {
    context.drawImage(chart.canvas, left, 0);
    left += chart.canvas.width;
  }
  return new Promise((resolve) => canvas.toBlob(resolve));
}
