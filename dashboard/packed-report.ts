import { gzipSync } from 'fflate';
import type { ReportData } from './api.js';

/**
 * The data of a report as text that stands in HTML: JSON, gzipped, in base64. The compressor is a program of JavaScript, since that of the
 * system gives other bytes on another processor, and the same search must give the same file everywhere.
 */
export function packReport(data: ReportData): string {
  const json = new TextEncoder().encode(JSON.stringify(data));
  return Buffer.from(gzipSync(json, { level: 6, mtime: 0 })).toString('base64');
}
