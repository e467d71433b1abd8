/** How large the report of a store's first search is, and how long it takes to make. */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export async function measureReport(store) {
  const { renderReport } = await import(pathToFileURL(path.join(root, 'dist/dashboard/report.js')).href);
  const begun = performance.now();
  const html = await renderReport({ store, searchId: 1 });
  const seconds = (performance.now() - begun) / 1000;
  return { reportBytes: Buffer.byteLength(html), reportSeconds: Number(seconds.toFixed(1)) };
}
