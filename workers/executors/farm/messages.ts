import { z } from 'zod';
import { InputError } from '../../../search/base/errors.js';
import { parse } from '../../../search/base/parse.js';
import { architectureSchema } from '../../../search/network/architecture.js';
import { datasetSchema } from '../../../search/plan/dataset.js';
import { recipeSchema } from '../../../search/plan/recipe.js';
import { simulationSchema } from '../../../search/simulation/simulation.js';
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

const eventsSchema = z.array(workerEventSchema).max(10_000);

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
  saving: z.strictObject({ recompute: z.boolean(), microBatches: z.int().min(1) }),
  engine: nameSchema,
  checkpointFolder: z.string().max(4096),
  timeLimitMs: z.number().min(0).nullable(),
  pauseAfterEpoch: z.int().min(1).nullable(),
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
  const shared = sharedParts(data);
  const known = shared === null ? undefined : knownParts.get(shared);
  const rest = known && ownPartsSchema.safeParse(data).data;
  if (rest) return { search: rest.search, job: { ...rest.job, ...known } as TrialJob };
  const assignment = parse(assignmentSchema, data, '') as Assignment;
  if (shared !== null) {
    const { network, recipe, dataset, simulation } = assignment.job;
    if (knownParts.size >= mostKnownParts) knownParts.clear();
    knownParts.set(shared, { network, recipe, dataset, simulation });
  }
  return assignment;
}

/** What trials of one network have in common, as it was parsed: the same JSON has the same meaning and is not parsed a hundred times. */
const knownParts = new Map<string, Pick<TrialJob, 'network' | 'recipe' | 'dataset' | 'simulation'>>();
const mostKnownParts = 256;

/** A job without what `knownParts` holds. */
const ownPartsSchema = z.strictObject({
  search: searchId,
  job: jobSchema.extend({
    network: z.unknown(),
    recipe: z.unknown(),
    dataset: z.unknown(),
    simulation: z.unknown(),
  }),
});

/** The JSON of the parts that jobs share; null for what is no job. */
function sharedParts(data: unknown): string | null {
  const job = (data as { job?: Partial<TrialJob> } | null)?.job;
  return job ? JSON.stringify([job.network, job.recipe, job.dataset, job.simulation]) : null;
}

export function parseResult(json: string): TrialResult {
  const value = parseJson(json, 'result');
  checkVersion((value as { protocol?: unknown } | null)?.protocol, 'result');
  return read(resultSchema, value, 'result') as TrialResult;
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
  return read(eventsSchema, parseJson(json, 'events'), 'events') as readonly WorkerEvent[];
}

/** As `parse`, without the time that it takes to freeze what is used once. */
function read<T extends z.ZodType>(schema: T, value: unknown, path: string): z.output<T> {
  const { success, data } = schema.safeParse(value);
  return success ? data : parse(schema, value, path);
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
