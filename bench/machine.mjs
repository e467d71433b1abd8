import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** Where, on what state of the sources and when something was measured. */
export function circumstances() {
  const git = (...args) => execFileSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname }).trim();
  const changed = git('status', '--porcelain', '--', '../search', '../workers', '.', ':!results') !== '';
  return {
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} threads, Node ${process.version}`,
    commit: `${git('rev-parse', '--short', 'HEAD')}${changed ? ' and changes' : ''}`,
    date: new Date().toISOString(),
  };
}

/** The middle value; of an even number of values the lower one of the middle. */
export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}
