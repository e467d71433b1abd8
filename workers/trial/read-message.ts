import { z } from 'zod';
import { InputError } from '../../search/base/errors.js';
import { parse } from '../../search/base/parse.js';
import type { TrialOutcome } from '../../search/plan/trial.js';
import type { TrialEvent } from '../executors/contract.js';
import { eventSchema, resultSchema } from '../executors/result-schema.js';

/** What the process of a trial has said: something on its way, or how it ended. */
export type Said =
  | { readonly type: 'event'; readonly event: TrialEvent }
  | { readonly type: 'end'; readonly outcome: TrialOutcome };

const messageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('event'), event: eventSchema }),
  z.strictObject({ type: z.literal('result'), result: resultSchema }),
]);

/** Reads a message of a trial's process. One that breaks the protocol ends the trial as `crashed`: nothing else that it says can be relied on. */
export function readMessage(message: unknown): Said {
  try {
    const said = parse(messageSchema, message, 'message');
    return said.type === 'event' ? said : { type: 'end', outcome: said.result.outcome as TrialOutcome };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const fault = `what the trial's process said cannot be read: ${error.message}`;
    return { type: 'end', outcome: { state: 'crashed', message: fault } };
  }
}
