import { readFileSync } from 'node:fs';
import Table from 'cli-table3';

/** Where a command prints. With `json`, only `record` writes to standard output and lines for people are dropped. */
export interface Console {
  readonly json: boolean;
  /** Whether lines may be redrawn: both outputs go to a terminal that can. */
  readonly live: boolean;
  /** A line for people. */
  say(line?: string): void;
  /** A remark for people, on standard error. */
  note(line: string): void;
  /** One JSON value on a line of its own; nothing without `--json`. */
  record(value: unknown): void;
}

function isTerminal({ CI, TERM }: NodeJS.ProcessEnv): boolean {
  return Boolean(process.stdout.isTTY && process.stderr.isTTY) && !CI && TERM !== 'dumb';
}

export function makeConsole(json: boolean): Console {
  return {
    json,
    live: !json && isTerminal(process.env),
    say: (line = '') => {
      if (!json) process.stdout.write(`${line}\n`);
    },
    note: (line) => {
      process.stderr.write(`${line}\n`);
    },
    record: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
  };
}

/** A table without borders: text aligned left, numbers aligned right. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const numeric = heads.map(
    (_, i) => rows.length > 0 && rows.every((row) => /^[×+−-]?[\d.]/.test(String(row[i] ?? ''))),
  );
  const chars = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
  };
  const inner = {
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const grid = new Table({
    head: [...heads],
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    chars: { ...chars, ...inner },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  grid.push(...rows.map((row) => row.map(String)));
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** The version of this package. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version;
}
