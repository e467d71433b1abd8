import { Option } from 'commander';
import type { Logger } from 'pino';
import type { SearchEvent } from '../run/coordinator/search-events.js';
import { packageVersion } from './console.js';

/** `--log json`: structured lines for a log collector. */
export function logFlag(): Option {
  return new Option('--log <format>', 'write a structured log to standard error, one JSON object per line').choices([
    'json',
  ]);
}

/**
 * The log of a command, on standard error; null unless it is asked for. A line has `level`, `time` (ISO 8601), `host`, `pid`, `command`,
 * `version` and `msg`. Each line is written before the call returns, so that a killed process has logged everything it did.
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

/** Writes an event of a search to a log: failures as warnings, epochs at the debug level. */
export function logEvent(log: Logger, event: SearchEvent): void {
  if (event.event === 'epoch') log.debug(event, `trial ${event.trialId}: epoch ${event.epoch} of ${event.epochs}`);
  else if (event.event === 'trial-ended') {
    const isHappy = event.outcome === 'completed' || event.outcome === 'paused' || event.outcome === 'cancelled';
    log[isHappy ? 'info' : 'warn'](event, `trial ${event.trialId}: ${event.message}`);
  } else if (event.event === 'paused') log.warn(event, `paused: ${event.reason}`);
  else if (event.event === 'note') log.warn(event, event.message);
  else log.info(event, event.event);
}
