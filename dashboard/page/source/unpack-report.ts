import type { ReportData } from '../../api.js';

/** The data that a report carries, from the text that `packReport` made of it; the browser's own decompression undoes it. */
export async function unpackReport(text: string): Promise<ReportData> {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const json = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(json).json();
}
