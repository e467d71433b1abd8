import type { ComponentChildren } from 'preact';
import type { Chart } from '../charts/register.js';
import { type ExportRow, toCsv } from '../export/csv.js';
import { download, fileName } from '../export/download.js';
import { chartToSvg } from '../export/svg.js';

/** What a panel can be taken away as. */
export interface Export {
  readonly search: { readonly name: string; readonly hash: string };
  /** Part of the file name, such as `accuracy-cost`. */
  readonly panel: string;
  /** The values that the panel shows; units are in the names. */
  readonly rows: () => readonly ExportRow[];
  readonly chart?: { readonly current: Chart | null };
  /** Drawn behind a picture. */
  readonly background?: string;
}

export interface PanelProps {
  readonly id: string;
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly controls?: ComponentChildren;
  readonly exports?: Export;
  readonly children: ComponentChildren;
}

/** A part of a page: a heading, what can be set, and a menu to take it away. */
export function Panel({ id, title, note, controls, exports, children }: PanelProps) {
  return (
    <section class="panel" aria-labelledby={`${id}-title`}>
      <header class="panel-head">
        <div>
          <h2 id={`${id}-title`}>{title}</h2>
          {note && <p class="note">{note}</p>}
        </div>
        <div class="panel-tools">
          {controls}
          {exports && <ExportMenu what={title} exports={exports} />}
        </div>
      </header>
      {children}
    </section>
  );
}

function ExportMenu({ what, exports }: { what: string; exports: Export }) {
  const { search, panel, rows, chart, background = '#ffffff' } = exports;
  const save = (type: string, mime: string, content: BlobPart): void =>
    download(fileName(search, panel, type), new Blob([content], { type: mime }));
  const drawn = (use: (chart: Chart) => void) => () => chart?.current && use(chart.current);
  return (
    <details class="menu">
      <summary aria-label={`Export: ${what}`}>Export</summary>
      <div class="menu-items">
        <button type="button" onClick={() => save('csv', 'text/csv', toCsv(rows()))}>
          CSV
        </button>
        <button type="button" onClick={() => save('json', 'application/json', `${JSON.stringify(rows(), null, 2)}\n`)}>
          JSON
        </button>
        {chart && (
          <button type="button" onClick={drawn((c) => c.canvas.toBlob((png) => png && save('png', 'image/png', png)))}>
            PNG
          </button>
        )}
        {chart && (
          <button type="button" onClick={drawn((c) => save('svg', 'image/svg+xml', chartToSvg(c, background)))}>
            SVG
          </button>
        )}
      </div>
    </details>
  );
}

/** What stands where a panel has nothing to show yet. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}
