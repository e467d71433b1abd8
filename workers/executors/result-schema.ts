import { z } from 'zod';
import { mostMistakes } from '../training/mistakes.js';
import { protocolVersion } from './contract.js';

/**
 * Messages of trials as they arrive from another process, over a pipe or a server. JSON writes NaN and the infinities as null: a
 * measured value that may be NaN is read back as NaN; a null count or duration is an error.
 */
const measured = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const longestText = 4000;
export const idSchema = z.string().min(1).max(200);
export const textSchema = z.string().transform((value) => value.slice(0, longestText));
export const nameSchema = z.string().max(300);

/** The attempt that a message comes from. */
export const attemptFields = { trialId: idSchema, attempt: z.int().min(1), token: idSchema };

const epochSchema = z.strictObject({
  epoch: z.int().min(1),
  trainLoss: measured,
  validationLoss: measured,
  validationAccuracy: measured,
  learningRate: measured,
  wallMs: measured,
  imagesPerSecond: measured,
});

const provenanceSchema = z.strictObject({
  host: nameSchema,
  pid: z.int().min(0),
  engine: nameSchema,
  engineVersion: nameSchema,
  device: nameSchema,
});

const mostClasses = 10_000;

/** confusion[truth][predicted]. One function for all of its cells: a schema for each would cost more than all else in a result together. */
const confusionSchema = z.custom<number[][]>(
  (value) => Array.isArray(value) && value.length <= mostClasses && value.every(isCounts),
  `expected rows of integers ≥ 0, at most ${mostClasses} of them`,
);

function isCounts(row: unknown): boolean {
  return Array.isArray(row) && row.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** The cells that are not zero: at most one for each validation image. */
const cellsSchema = z.strictObject({
  classes: z.int().min(1).max(mostClasses),
  cells: z.custom<[number, number, number][]>(
    (value) => Array.isArray(value) && value.every((cell) => isCounts(cell) && cell.length === 3),
    'expected triples of integers ≥ 0',
  ),
});

const mistakeSchema = z.strictObject({
  image: z.int().min(0),
  truth: z.int().min(0).max(mostClasses),
  predicted: z.int().min(0).max(mostClasses),
  probability: z.number().min(0).max(1),
});

/** A `TrialOutcome`. */
const outcomeSchema = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('completed'),
    validationAccuracy: measured,
    validationLoss: measured,
    confusion: confusionSchema,
    confusionCells: cellsSchema.optional(),
    mistakes: z.array(mistakeSchema).max(mostMistakes).optional(),
    epochs: z.array(epochSchema).min(1).max(10_000),
    trainableParams: z.int().min(0),
    peakBytes: z.number().min(0),
    wallMs: z.number().min(0),
    datasetDigest: nameSchema,
    provenance: provenanceSchema,
  }),
  z.strictObject({
    state: z.literal('paused'),
    atEpoch: z.int().min(1),
    epochs: z.array(epochSchema).min(1).max(10_000),
  }),
  z.strictObject({ state: z.literal('diverged'), atEpoch: z.int().min(0) }),
  z.strictObject({ state: z.literal('timeout'), afterMs: z.number().min(0) }),
  z.strictObject({ state: z.enum(['oom', 'infeasible', 'crashed', 'lost']), message: textSchema }),
  z.strictObject({ state: z.literal('cancelled') }),
]);

/** A `TrialResult` as its worker sends it. */
export const resultSchema = z.strictObject({
  protocol: z.literal(protocolVersion),
  ...attemptFields,
  outcome: outcomeSchema,
});

/** A `TrialEvent`. */
export const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('started'),
    ...attemptFields,
    provenance: provenanceSchema,
    resumedAtEpoch: z.int().min(0),
    datasetDigest: nameSchema,
    notes: z.array(textSchema).max(100),
  }),
  z.strictObject({
    type: z.literal('progress'),
    ...attemptFields,
    epoch: z.int().min(1),
    step: z.int().min(0),
    steps: z.int().min(1),
    imagesPerSecond: measured,
  }),
  z.strictObject({ type: z.literal('epoch'), ...attemptFields, metrics: epochSchema }),
  z.strictObject({ type: z.literal('note'), ...attemptFields, message: textSchema }),
]);
