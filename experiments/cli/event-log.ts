import type { Logger } from 'pino';
import type { SearchEvent } from '../run/coordinator/search-events.js';

/** Writes an event of a search to a log: what goes wrong as a warning, epochs for those who debug. */
export function logEvent(log: Logger, event: SearchEvent): void {
  if (event.event === 'epoch') log.debug(event, `trial ${event.trialId}: epoch ${event.epoch} of ${event.epochs}`);
  else if (event.event === 'trial-ended') {
    const isHappy = event.outcome === 'completed' || event.outcome === 'paused' || event.outcome === 'cancelled';
    log[isHappy ? 'info' : 'warn'](event, `trial ${event.trialId}: ${event.message}`);
  } else if (event.event === 'paused') log.warn(event, `paused: ${event.reason}`);
  else if (event.event === 'note') log.warn(event, event.message);
  else log.info(event, event.event);
}
