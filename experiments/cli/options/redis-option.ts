import path from 'node:path';
import type { FarmOptions } from '../../run/farm.js';

/** A farm's server for the time of a command. */
export interface FarmServer {
  readonly farm: FarmOptions;
  /** What to tell people of it; no password is in it. */
  readonly about: string;
  close(): Promise<void>;
}

/**
 * The Redis that `--redis` names, entered with TRISCALE_REDIS_PASSWORD; null without the flag. `auto` starts one beside the store, on a private port, which ends
 * with the command.
 */
export async function farmServer(flag: string | undefined, store: string): Promise<FarmServer | null> {
  if (flag === 'auto') {
    const { startRedisServer } = await import('../../../workers/executors/farm/redis-server.js');
    const server = await startRedisServer(`${path.resolve(store)}.redis`);
    return {
      farm: { address: server.address },
      about: `Farm on a Redis of its own; workers of this machine join with: TRISCALE_REDIS="$(cat ${server.addressFile})" npx triscale worker`,
      close: () => server.close(),
    };
  }
  if (flag === undefined) return null;
  const { describeAddress, redisAddress } = await import('../../../workers/executors/farm/address.js');
  const address = redisAddress(flag, process.env);
  if (!address) return null;
  return { farm: { address }, about: `Farm on ${describeAddress(address)}`, close: async () => undefined };
}
