import {
  type ColumnDef,
  type ColumnVisibilityState,
  columnVisibilityFeature,
  createPaginatedRowModel,
  createSortedRowModel,
  rowPaginationFeature,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/preact-table';
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { exact, none } from '../data/format.js';
import { Menu } from './menu.js';

/** A column: the value to sort by and how to show it. */
export interface TableColumn<Row> {
  readonly id: string;
  readonly head: string;
  readonly unit?: string;
  /** Null sorts last. */
  readonly value: (row: Row) => number | string | null;
  readonly show?: (row: Row) => ComponentChildren;
  /** False: the reader has to choose it first. */
  readonly visible?: boolean;
}

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  columnVisibilityFeature,
  rowPaginationFeature,
  paginatedRowModel: createPaginatedRowModel(),
});

const pageSize = 50;

export interface DataTableProps<Row> {
  readonly caption: string;
  /** Under which the reader's sorting, word, columns and page are kept. */
  readonly keptAs: string;
  readonly rows: readonly Row[];
  readonly columns: readonly TableColumn<Row>[];
  readonly rowKey: (row: Row) => string;
  /** The text of a row that a search word is matched against. */
  readonly text: (row: Row) => string;
  readonly sortedBy: { readonly id: string; readonly desc: boolean };
  readonly rowClass?: (row: Row) => string;
}

/** A table to sort, to search and to choose columns of; fifty rows a page. */
export function DataTable<Row extends object>({
  caption,
  keptAs,
  rows,
  columns,
  rowKey,
  text,
  sortedBy,
  rowClass,
}: DataTableProps<Row>) {
  const [word, setWord] = useKept(`${keptAs} word`, () => '');
  const [sorting, setSorting] = useKept<SortingState>(`${keptAs} sorting`, () => [sortedBy]);
  const [columnVisibility, setColumnVisibility] = useKept<ColumnVisibilityState>(`${keptAs} columns`, () =>
    Object.fromEntries(columns.map(({ id, visible = true }) => [id, visible])),
  );
  const [page, setPage] = useKept(`${keptAs} page`, () => 0);
  const data = useMemo(() => {
    const wanted = word.trim().toLowerCase();
    return wanted === '' ? [...rows] : rows.filter((row) => text(row).toLowerCase().includes(wanted));
  }, [rows, word, text]);
  const pageIndex = Math.min(page, Math.max(0, Math.ceil(data.length / pageSize) - 1));
  const definitions = useMemo(() => columns.map((column) => definition(column)), [columns]);
  const table = useTable<typeof features, Row>({
    features,
    data,
    columns: definitions,
    getRowId: rowKey,
    state: { sorting, columnVisibility, pagination: { pageIndex, pageSize } },
    onSortingChange: (next) => {
      setSorting(next);
      setPage(0);
    },
    onColumnVisibilityChange: setColumnVisibility,
    // A new result leaves the reader on the page that is being read.
    autoResetPageIndex: false,
  });
  const numeric = useMemo(
    () =>
      new Set(columns.filter(({ value }) => rows.some((row) => typeof value(row) === 'number')).map(({ id }) => id)),
    [columns, rows],
  );
  const columnOf = new Map(columns.map((column) => [column.id, column]));
  const visible = table.getVisibleLeafColumns();
  const shown = table.getRowModel().rows;

  return (
    <div class="table-view">
      <div class="table-tools" data-screen-only>
        <label class="search">
          <span class="hidden">Search in {caption}</span>
          <input
            type="search"
            placeholder="Search…"
            value={word}
            onInput={(event) => {
              setWord(event.currentTarget.value);
              setPage(0);
            }}
          />
        </label>
        <Menu text="Columns" label={`Columns: ${caption}`}>
          {table.getAllLeafColumns().map((column) => (
            <label key={column.id}>
              <input type="checkbox" checked={column.getIsVisible()} onChange={() => column.toggleVisibility()} />
              {columnOf.get(column.id)?.head}
            </label>
          ))}
        </Menu>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/useSemanticElements: a region that scrolls, not a section of the page. */}
      <div class="table-scroll" tabIndex={0} role="group" aria-label={caption}>
        <table>
          <caption class="hidden">{caption}</caption>
          <thead>
            <tr>
              {visible.map((column) => {
                const { head, unit } = columnOf.get(column.id) as TableColumn<Row>;
                const sorted = column.getIsSorted();
                return (
                  <th
                    key={column.id}
                    scope="col"
                    class={numeric.has(column.id) ? 'number' : 'text'}
                    aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
                  >
                    <button type="button" onClick={() => column.toggleSorting()}>
                      <span>{head}</span>
                      {unit && <small>{unit}</small>}
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.id} class={rowClass?.(row.original) ?? ''}>
                {visible.map((column) => {
                  const { value, show } = columnOf.get(column.id) as TableColumn<Row>;
                  return (
                    <td key={column.id} class={numeric.has(column.id) ? 'number' : 'text'}>
                      {show ? show(row.original) : (value(row.original) ?? none)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {data.length > pageSize && (
        <nav data-screen-only class="pages" aria-label={`Pages of ${caption}`}>
          <button type="button" disabled={pageIndex === 0} onClick={() => setPage(pageIndex - 1)}>
            Previous
          </button>
          <span>
            {pageIndex * pageSize + 1}–{Math.min(data.length, (pageIndex + 1) * pageSize)} of {exact(data.length)}
          </span>
          <button
            type="button"
            disabled={(pageIndex + 1) * pageSize >= data.length}
            onClick={() => setPage(pageIndex + 1)}
          >
            Next
          </button>
        </nav>
      )}
    </div>
  );
}

function definition<Row extends object>({ id, value }: TableColumn<Row>): ColumnDef<typeof features, Row> {
  return {
    id,
    accessorFn: (row: Row) => value(row) ?? undefined,
    sortUndefined: 'last',
    sortFn: (a, b, column) => compare(a.getValue(column), b.getValue(column)),
  } as ColumnDef<typeof features, Row>;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

const kept = new Map<string, unknown>();

/** State that outlives its component while the page is open, so that a returning reader finds it unchanged. The key names it. */
export function useKept<T>(key: string, initial: () => T): [T, (next: T | ((before: T) => T)) => void] {
  const [value, setValue] = useState<T>(() => (kept.has(key) ? (kept.get(key) as T) : initial()));
  const set = (next: T | ((before: T) => T)): void =>
    setValue((before) => {
      const after = next instanceof Function ? next(before) : next;
      kept.set(key, after);
      return after;
    });
  return [value, set];
}
