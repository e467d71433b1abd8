import { Gzip } from 'fflate';
import type { ReportData } from './api.js';

const pieceBytes = 2 ** 20;

/**
 * The data of a report as text that stands in HTML: JSON, gzipped, in base64. The compressor is a program of JavaScript, since that of the
 * system gives other bytes on another processor, and the same search must give the same file everywhere. `onProgress` is called with the
 * share that is packed.
 */
export function packReport(data: ReportData, onProgress: (share: number) => void = () => undefined): string {
  const json = new TextEncoder().encode(JSON.stringify(data));
  const packed: Uint8Array[] = [];
  const gzip = new Gzip({ level: 6, mtime: 0 }, (piece) => packed.push(piece));
  for (let start = 0; start < json.length; start += pieceBytes) {
    const end = Math.min(json.length, start + pieceBytes);
    gzip.push(json.subarray(start, end), end === json.length);
    onProgress(end / json.length);
  }
  return Buffer.concat(packed).toString('base64');
}
