import type { TrialOutcome } from '../../search/plan/trial.js';
import { saysOutOfMemory } from './failure.js';
import { terminatedCode } from './messages.js';
import { countOomKills } from './oom-kills.js';

/** How a process ended. */
export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  readonly error?: Error;
}

/**
 * The outcome of a trial whose process ended without a result and was not ended by us. `lastWords` is the end of what it wrote to standard
 * error, `oomKills` what `countOomKills` said before it was started.
 */
export async function outcomeOfDeath(
  { code, signal, error }: Death,
  lastWords: string,
  oomKills: number | null,
): Promise<TrialOutcome> {
  if (error) return { state: 'crashed', message: `the trial's process could not be started: ${error.message}` };
  const words = lastWords ? `: ${lastWords}` : '';
  if (saysOutOfMemory(lastWords)) return { state: 'oom', message: `the trial's process ran out of memory${words}` };
  if (code === terminatedCode || signal === 'SIGTERM')
    return { state: 'lost', message: `the trial's process was terminated from outside${words}` };
  if (signal === 'SIGKILL')
    return (await countOomKills()) === oomKills && oomKills !== null
      ? { state: 'lost', message: `the trial's process was killed from outside${words}` }
      : {
          state: 'oom',
          message: `the trial's process was killed, most likely by the system for want of memory${words}`,
        };
  const how = signal ? `by ${signal}` : `with exit code ${code}`;
  return { state: 'crashed', message: `the trial's process ended ${how}${words}` };
}
