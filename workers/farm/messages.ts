import { z } from 'zod';
import { architectureSchema } from '../../search/architecture.js';
import { datasetSchema } from '../../search/dataset.js';
import { InputError } from '../../search/errors.js';
import { parse } from '../../search/parse.js';
import { recipeSchema } from '../../search/recipe.js';
import { simulationSchema } from '../../search/simulation.js';
import { protocolVersion, type TrialEvent, type TrialJob, type TrialResult } from '../contract.js';
import { attemptFields, eventSchema, idSchema, nameSchema, resultSchema, textSchema } from '../result-schema.js';

/**
 * What the coordinator and the workers of a farm say to each other. It crosses a server that others may write to, so both sides parse it
 * before they act on it: unknown keys and wrong types are refused with an `InputError`, other versions with an `OtherVersionError`.
 */

/** The data of a BullMQ job. */
export interface Assignment {
  /** Whose trial it is: where its results go. */
  readonly search: string;
  readonly job: TrialJob;
}

/** A worker declines a trial; another one may take it. */
export interface Refusal {
  readonly type: 'refused';
  readonly trialId: string;
  readonly reason: string;
}

export type WorkerEvent = TrialEvent | Refusal;

/** Bytes of JSON; the largest honest message is the result of a data set with a thousand classes. */
const largestMessage = 8e6;

const workerEventSchema = z.discriminatedUnion('type', [
  eventSchema,
  z.strictObject({ type: z.literal('refused'), trialId: idSchema, reason: textSchema }),
]);

const ratio = z.number().gt(0);
const jobSchema = z.strictObject({
  protocol: z.literal(protocolVersion),
  ...attemptFields,
  trialId: idSchema.regex(/^[\w.-]+$/, 'expected letters, digits, dots and dashes'),
  networkId: idSchema,
  network: architectureSchema,
  recipe: recipeSchema,
  dataset: datasetSchema,
  datasetDigest: nameSchema.nullable(),
  seed: z.int().min(0),
  engine: nameSchema,
  checkpointFolder: z.string().max(4096),
  timeLimitMs: z.number().min(0).nullable(),
  simulation: z
    .strictObject({
      spec: simulationSchema,
      costRatio: ratio,
      multipliers: z.strictObject({ depth: ratio, width: ratio, resolution: ratio }),
      params: z.int().min(0),
      peakBytes: z.number().min(0),
    })
    .nullable(),
});
const searchId = z.string().regex(/^[0-9a-f]{1,64}$/);
const assignmentSchema = z.strictObject({ search: searchId, job: jobSchema });

/** The data of a job as BullMQ hands it over. */
export function parseAssignment(data: unknown): Assignment {
  checkVersion((data as { job?: { protocol?: unknown } } | null)?.job?.protocol, 'job');
  return parse(assignmentSchema, data, '') as Assignment;
}

export function parseResult(json: string): TrialResult {
  const value = parseJson(json, 'result');
  checkVersion((value as { protocol?: unknown } | null)?.protocol, 'result');
  return parse(resultSchema, value, 'result') as TrialResult;
}

const attemptSchema = z.object(attemptFields);
const namesSchema = z.object({ search: searchId, job: attemptSchema });

/** Whose attempt the data of a job that could not be parsed is about; null when it does not even say that. */
export function namesOf(data: unknown): { search: string; attempt: z.infer<typeof attemptSchema> } | null {
  const names = namesSchema.safeParse(data).data;
  return names ? { search: names.search, attempt: names.job } : null;
}

/** The attempt that a result which could not be parsed is about; null when it does not even say that. */
export function parseAttempt(json: string): Pick<TrialResult, 'trialId' | 'attempt' | 'token'> | null {
  try {
    return attemptSchema.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

export function parseEvents(json: string): readonly WorkerEvent[] {
  return parse(z.array(workerEventSchema).max(10_000), parseJson(json, 'events'), 'events') as readonly WorkerEvent[];
}

/** The other side speaks another version. Nothing is wrong with the trial: a worker of that version can take it. */
export class OtherVersionError extends Error {
  override readonly name = 'OtherVersionError';
}

function checkVersion(version: unknown, path: string): void {
  if (typeof version === 'number' && version !== protocolVersion)
    throw new OtherVersionError(
      `${path}.protocol: expected ${protocolVersion}, got ${version}; coordinator and workers need the same version of triscale`,
    );
}

function parseJson(json: string, path: string): unknown {
  if (json.length > largestMessage)
    throw new InputError('bad-value', `${path}: expected at most ${largestMessage} characters, got ${json.length}`);
  try {
    return JSON.parse(json);
  } catch {
    throw new InputError('bad-value', `${path}: expected JSON, got ${json.length} characters of something else`);
  }
}
