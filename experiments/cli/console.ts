import { readFileSync } from 'node:fs';
import Table from 'cli-table3';

/** Where a command prints. With `json`, only `record` writes to standard output and lines for people are dropped. */
export interface Console {
  readonly json: boolean;
  /** Whether lines may be redrawn: both outputs go to a terminal that can. */
  readonly live: boolean;
  /** Text for people; sentences are wrapped at the width of a terminal, tables are not. */
  say(text?: string): void;
  /** Bold on a terminal, unless NO_COLOR is set. */
  strong(text: string): string;
  /** A remark for people, on standard error. */
  note(line: string): void;
  /** One JSON value on a line of its own; nothing without `--json`. */
  record(value: unknown): void;
}

function isTerminal({ CI, TERM }: NodeJS.ProcessEnv): boolean {
  return Boolean(process.stdout.isTTY && process.stderr.isTTY) && !CI && TERM !== 'dumb';
}

function hasStyles({ NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return Boolean(process.stdout.isTTY) && !NO_COLOR && TERM !== 'dumb';
}

/**
 * Wraps sentences at words, those behind a label (`Grid         108 points …`) in the column in which they begin. Rows of a table, which have
 * several gaps of two spaces, stay as they are, and so does everything where `columns` is undefined: the output is not a terminal.
 */
export function wrapped(text: string, columns: number | undefined): string {
  return text
    .split('\n')
    .flatMap((line) => wrappedLine(line, columns ?? Number.POSITIVE_INFINITY))
    .join('\n');
}

function wrappedLine(line: string, columns: number): string[] {
  const [label = ''] = /^(\S+ {2,}| +)?/.exec(line) ?? [];
  const sentence = line.slice(label.length);
  const width = columns - label.length;
  if (line.length <= columns || width < 20 || sentence.includes('  ') || sentence.includes('\u001b')) return [line];
  const lines = [''];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1) as string;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((part, i) => (i === 0 ? label : ' '.repeat(label.length)) + part);
}

export function makeConsole(json: boolean): Console {
  return {
    json,
    live: !json && isTerminal(process.env),
    say: (text = '') => {
      if (!json) process.stdout.write(`${wrapped(text, process.stdout.columns)}\n`);
    },
    strong: (text) => (hasStyles(process.env) ? `\u001b[1m${text}\u001b[22m` : text),
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
