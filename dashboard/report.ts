import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Gzip } from 'fflate';
import { StoreReader } from '../db/reader.js';
import { InputError } from '../search/base/errors.js';
import type { ReportData, ReportPictures } from './api.js';
import { carriedPx, type PictureSource } from './views/pictures.js';
import { StoreViews } from './views/store-views.js';

export interface ReportOptions {
  /** The SQLite file; opened read-only. */
  readonly store: string;
  /** Id of the search in the store. */
  readonly searchId: number;
  /** Where pictures of the data come from; absent: the report has none. */
  readonly pictures?: PictureSource;
  /** Where the built page lies; default beside the built server. */
  readonly pageFolder?: string;
  /** Called with the share of the data that is packed, after they have been read. */
  readonly onProgress?: (share: number) => void;
}

/**
 * One search as a single HTML file that shows all of its dashboard from `file://` with the network off: the page and its data in one
 * piece, and a content-security policy that lets nothing else in. The same search gives the same bytes; pictures of what the chosen network
 * gets wrong are in them where the data still are what they were. Rejects with `missing-file` or
 * `bad-store` for a store that cannot be read and `bad-value` for a search that is not in it.
 */
export async function renderReport({
  store,
  searchId,
  pictures,
  pageFolder = path.join(import.meta.dirname, 'page'),
  onProgress,
}: ReportOptions): Promise<string> {
  const reader = StoreReader.open(store);
  try {
    const data = await reportData(new StoreViews(reader), searchId, pictures);
    if (!data) {
      const known = reader.searches().map(({ id }) => id);
      throw new InputError('bad-value', `--search: expected one of ${known.join(', ') || 'none'}, got ${searchId}`);
    }
    return reportHtml(data, pageFolder, onProgress);
  } finally {
    reader.close();
  }
}

/** All that a report carries; null for a search that is not in the store, which is read before anything is waited for: it may be closed then. */
export async function reportData(
  views: StoreViews,
  searchId: number,
  pictures: PictureSource | undefined,
): Promise<ReportData | null> {
  const data = views.report(searchId);
  return data && { ...data, pictures: await reportPictures(data, pictures) };
}

/** A report from its data and the files of the built page. */
export function reportHtml(data: ReportData, pageFolder: string, onProgress?: (share: number) => void): string {
  const read = (name: string): string => readFileSync(path.join(pageFolder, name), 'utf8');
  const script = read('app.js');
  const style = read('app.css');
  const icon = Buffer.from(read('icon.svg')).toString('base64');
  const policy = `default-src 'none'; script-src '${sourceHash(script)}'; style-src '${sourceHash(style)}'; img-src data: blob:`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Triscale: ${escapeHtml(data.plan.name)}</title>
<link rel="icon" href="data:image/svg+xml;base64,${icon}">
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script type="text/plain" id="report-data">${packReport(data, onProgress)}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

function sourceHash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The pictures that go into a report: those of the first finished trial of the chosen network. Null where the data are not what they were. */
export async function reportPictures(
  { plan, state, trials }: Omit<ReportData, 'pictures'>,
  source: PictureSource | undefined,
): Promise<ReportPictures | null> {
  const chosen = state.selection.choice?.networkId;
  const trial = trials.find(({ networkId, mistakes }) => networkId === chosen && mistakes !== null);
  if (!source || !trial?.result || !trial.mistakes) return null;
  try {
    const data = { dataset: plan.dataset, digest: trial.result.datasetDigest };
    const { classes, sidePx, pngs } = await source(data, trial.mistakes, carriedPx);
    return { trialId: trial.id, classes, sidePx, pngs: pngs.map((png) => png.toString('base64')) };
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

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
