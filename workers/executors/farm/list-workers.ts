import type { RedisAddress } from './address.js';
import { connect, redisClient } from './connection.js';
import { defaultNamespace } from './keys.js';
import { type KnownWorker, readWorkers } from './registry.js';

/** The workers of the farm on this server, those that were heard of last first. Throws an `InputError` when it does not answer. */
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
