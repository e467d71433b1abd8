import { Option } from 'commander';
import type { Logger } from 'pino';
import { packageVersion } from '../version.js';

/** `--log json`: what happens as structured lines for a program that gathers logs. */
export function logFlag(): Option {
  return new Option('--log <format>', 'write a structured log to standard error, one JSON object a line').choices([
    'json',
  ]);
}

/**
 * The log of a command, on standard error; null where none is asked for. A line has `level`, `time` (ISO 8601), `host`, `pid`, `command`,
 * `version` and `msg`. It is written before the call returns, so that a killed process has told all it did.
 */
export async function makeLog(format: string | undefined, command: string): Promise<Logger | null> {
  if (format === undefined) return null;
  const { pino, stdTimeFunctions } = await import('pino');
  const { hostname } = await import('node:os');
  return pino(
    {
      base: { host: hostname(), pid: process.pid, command, version: packageVersion() },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
