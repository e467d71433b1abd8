import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { StoreReader } from '../db/reader.js';
import { InputError } from '../search/base/errors.js';
import type { ReportData } from './api.js';
import { packReport } from './packed-report.js';
import type { PictureSource } from './pictures.js';
import { reportPictures } from './views/report-pictures.js';
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
