import { z } from 'zod';
import { extensionSchema } from '../../search/plan/extension.js';

const states = z.array(z.enum(['failed', 'cancelled', 'skipped'])).min(1);

/** What a coordinator can be asked from another terminal: one line of JSON, answered by another. */
export const commandSchema = z.discriminatedUnion('command', [
  /** Nothing new starts. */
  z.strictObject({ command: z.literal('pause') }),
  z.strictObject({ command: z.literal('resume') }),
  /** What runs comes to its end, then the coordinator ends. */
  z.strictObject({ command: z.literal('stop') }),
  /** The named trials, or all, end now. */
  z.strictObject({ command: z.literal('cancel'), trialIds: z.array(z.string()).optional() }),
  /** Trials that ended in one of these states are queued again. */
  z.strictObject({ command: z.literal('retry'), states }),
  /** Another candidate than the rule's; null: the rule's again. Of any search of the store. */
  z.strictObject({
    command: z.literal('choose'),
    searchId: z.int(),
    networkId: z.string().nullable(),
    note: z.string().max(500),
  }),
  /** A larger plan, which is run after the one at hand. */
  z.strictObject({ command: z.literal('extend'), extension: extensionSchema }),
]);

export type Command = z.infer<typeof commandSchema>;

/** What a command has done. */
export interface Done {
  /** In words. */
  readonly message: string;
  /** Of trials that it concerns; null where it concerns the search as a whole. */
  readonly count: number | null;
}

/** `message`: what was done, or why it was not. */
export const answerSchema = z.strictObject({
  ok: z.boolean(),
  message: z.string(),
  count: z.int().min(0).nullable(),
});

export type Answer = Readonly<z.infer<typeof answerSchema>>;
