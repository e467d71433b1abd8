import { z } from 'zod';
import { extensionSchema } from './extension.js';

const id = z.string().max(64);

/** What a search can be told, from a terminal, over the coordinator's socket and from the page alike. */
export const commandSchema = z.discriminatedUnion('command', [
  /** Start no further trial. */
  z.strictObject({ command: z.literal('pause') }),
  z.strictObject({ command: z.literal('resume') }),
  /** Let the running trials finish, then end the search. */
  z.strictObject({ command: z.literal('stop') }),
  /** End the named trials, or all that are open, now and for good. */
  z.strictObject({ command: z.literal('cancel'), trialIds: z.array(id).optional() }),
  /** Queue the trials again that ended in one of these states. */
  z.strictObject({ command: z.literal('retry'), states: z.array(z.enum(['failed', 'cancelled'])).min(1) }),
  /** Choose another candidate than the rule does, or with null let the rule decide again. `searchId`: default the search that is asked. */
  z.strictObject({
    command: z.literal('choose'),
    searchId: z.int().optional(),
    networkId: id.nullable(),
    note: z.string().max(500),
  }),
  /** Run a larger plan after the present one. */
  z.strictObject({ command: z.literal('extend'), extension: extensionSchema }),
]);

export type SearchCommand = Readonly<z.infer<typeof commandSchema>>;

/** What a command has done. */
export interface CommandResult {
  /** In words. */
  readonly message: string;
  /** Trials that it concerns; null where it concerns the search as a whole. */
  readonly count: number | null;
}
