import { z } from 'zod';

/** What a page may ask of whoever runs the search. */
export const controlSchema = z.discriminatedUnion('command', [
  /** Nothing new starts. */
  z.strictObject({ command: z.literal('pause') }),
  z.strictObject({ command: z.literal('resume') }),
  /** What runs comes to its end, then the search stops. */
  z.strictObject({ command: z.literal('stop') }),
  /** The named trials, or all that are not over, end now and for good. */
  z.strictObject({ command: z.literal('cancel'), trialIds: z.array(z.string().max(64)).max(100).optional() }),
  /** What failed is queued again. */
  z.strictObject({ command: z.literal('retry') }),
  /** Another candidate than the rule's; null: the rule's again. */
  z.strictObject({
    command: z.literal('choose'),
    networkId: z.string().max(64).nullable(),
    note: z.string().max(500),
  }),
  /** The chosen coefficients with their provenance. */
  z.strictObject({ command: z.literal('export') }),
]);

export type ControlCommand = Readonly<z.infer<typeof controlSchema>>;

/** What was done, in words; `file`: what was asked for. */
export interface ControlAnswer {
  readonly message: string;
  readonly file?: { readonly name: string; readonly content: string };
}

/** Carries a command out on a search of the store; throws an `InputError` that says why not. The dashboard itself only reads. */
export type Control = (searchId: number, command: ControlCommand) => Promise<ControlAnswer>;
