import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { type ExportRow, toCsv } from '../export/csv.js';
import { download, fileName, svgToPng } from '../export/download.js';
import { elementToSvg } from '../export/element-svg.js';
import { Menu } from './menu.js';

/** The export formats of a panel. */
export interface Export {
  readonly search: { readonly name: string; readonly hash: string; readonly simulated?: boolean };
  /** Part of the file name, such as `accuracy-cost`. */
  readonly panel: string;
  /** The values that the panel shows; units are in the names. */
  readonly rows: () => readonly ExportRow[];
  /** What becomes a picture, with whatever words belong to it, such as its legend; else all that the panel shows. */
  readonly drawing?: Drawing | undefined;
}

interface Drawing {
  readonly current: Element | null;
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
  const body = useRef<HTMLDivElement>(null);
  return (
    <section class="panel" aria-labelledby={`${id}-title`}>
      <header class="panel-head">
        <div>
          <h2 id={`${id}-title`}>{title}</h2>
          {note && <p class="note">{note}</p>}
        </div>
        <div class="panel-tools">
          {controls}
          {exports && <ExportMenu what={title} exports={exports} body={body} />}
        </div>
      </header>
      <div class="panel-body" ref={body}>
        {children}
      </div>
    </section>
  );
}

function ExportMenu({ what, exports, body }: { what: string; exports: Export; body: Drawing }) {
  const { search, panel, rows, drawing = body } = exports;
  const save = (type: string, mime: string, content: BlobPart): void =>
    download(fileName(search, panel, type), new Blob([content], { type: mime }));
  const svg = (): string | null =>
    drawing.current ? elementToSvg(drawing.current, search.simulated ? simulatedNote : '') : null;
  const saveSvg = (): void => {
    const picture = svg();
    if (picture) save('svg', 'image/svg+xml', picture);
  };
  const savePng = async (): Promise<void> => {
    const picture = svg();
    const png = picture && (await svgToPng(picture));
    if (png) save('png', 'image/png', png);
  };
  return (
    <Menu text="Export" label={`Export: ${what}`}>
      <button type="button" onClick={() => save('csv', 'text/csv', toCsv(rows()))}>
        CSV
      </button>
      <button type="button" onClick={() => save('json', 'application/json', `${JSON.stringify(rows(), null, 2)}\n`)}>
        JSON
      </button>
      <button type="button" onClick={savePng}>
        PNG
      </button>
      <button type="button" onClick={saveSvg}>
        SVG
      </button>
    </Menu>
  );
}

/** Below every picture of a simulated search. */
const simulatedNote = 'Simulated: a model in the place of training.';

/** Placeholder of a panel that has nothing to show yet. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}
