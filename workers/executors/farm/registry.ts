import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { RedisAddress } from './address.js';
import { connect, redisClient } from './connection.js';
import { farmKeys } from './keys.js';
import { defaultNamespace, forgottenMs } from './settings.js';

const trialSchema = z.object({
  trialId: z.string(),
  networkId: z.string(),
  attempt: z.int(),
  /** Finished epochs. */
  epoch: z.int(),
  epochs: z.int(),
  imagesPerSecond: z.number().nullable(),
});

const statementSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  /** Name, version and device of the engine; `auto` and empty while no trial has told. */
  engine: z.string(),
  engineVersion: z.string(),
  device: z.string(),
  slots: z.int(),
  /** Of one slot; null when it takes any trial. */
  memoryBytes: z.number().nullable(),
  running: z.array(trialSchema),
  /** Reasons for which it has refused trials, the latest last. */
  refusals: z.array(z.string()),
});

/** What a worker says of itself. */
export type WorkerStatement = Readonly<z.infer<typeof statementSchema>>;
export type RunningOnWorker = Readonly<z.infer<typeof trialSchema>>;

/** A worker as a farm knows it. */
export interface KnownWorker extends WorkerStatement {
  /** Since its last sign of life, on the server's clock. */
  readonly silentMs: number;
  /** Why it is given nothing any more; null when it is. */
  readonly quarantine: string | null;
}

/** The server's clock tells when a worker was seen: those of the hosts may differ. */
const beat = `
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
  return redis.call('HGET', KEYS[3], ARGV[1])`;

/** Gives a sign of life; returns why the worker is in quarantine, or null. */
export async function announce(client: Redis, namespace: string, statement: WorkerStatement): Promise<string | null> {
  const { workers, worker, quarantine } = farmKeys(namespace);
  const text = JSON.stringify(statement);
  return (await client.eval(beat, 3, workers, worker(statement.id), quarantine, statement.id, text, forgottenMs)) as
    | string
    | null;
}

/** Takes a worker off the list. */
export async function withdraw(client: Redis, namespace: string, id: string): Promise<void> {
  const { workers, worker, quarantine } = farmKeys(namespace);
  await Promise.all([client.zrem(workers, id), client.del(worker(id)), client.hdel(quarantine, id)]);
}

/** The workers of the farm on this server, the last heard of first. Throws an `InputError` when it does not answer. */
export async function listWorkers(
  address: RedisAddress,
  namespace = defaultNamespace,
): Promise<readonly KnownWorker[]> {
  const client = redisClient(address, 'prompt');
  await connect(address, [client]);
  try {
    return await readWorkers(client, namespace);
  } finally {
    client.disconnect();
  }
}

async function readWorkers(client: Redis, namespace: string): Promise<KnownWorker[]> {
  const { workers, worker, quarantine } = farmKeys(namespace);
  const [seconds, microseconds] = await client.time();
  const nowMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
  await client.zremrangebyscore(workers, '-inf', nowMs - forgottenMs);
  const scored = await client.zrevrange(workers, 0, -1, 'WITHSCORES');
  const ids = scored.filter((_, i) => i % 2 === 0);
  if (ids.length === 0) return [];
  const [statements, reasons] = await Promise.all([
    client.mget(...ids.map((id) => worker(id))),
    client.hmget(quarantine, ...ids),
  ]);
  return ids.flatMap((_, i) => {
    const statement = parseStatement(statements[i] ?? '');
    const silentMs = Math.max(0, nowMs - Number(scored[2 * i + 1]));
    return statement ? [{ ...statement, silentMs, quarantine: reasons[i] ?? null }] : [];
  });
}

function parseStatement(text: string): WorkerStatement | null {
  try {
    return statementSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
