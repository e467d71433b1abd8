/** A row of an exported table: names to values. */
export type ExportRow = Readonly<Record<string, string | number | null>>;

/** Rows as CSV (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe before it. */
export function toCsv(rows: readonly ExportRow[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => names.map((name) => cell(row[name] ?? null)).join(','));
  return `${[names.map(cell).join(','), ...lines].join('\r\n')}\r\n`;
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
