import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { InputError } from '../../../search/base/errors.js';
import { describeAddress, type RedisAddress } from './address.js';
import { connectionOptions, firstAnswerMs, type Patience } from './settings.js';

/** A client of this server, not yet connected. It reconnects by itself within 2 s of the server's return, until it is closed. */
export function redisClient(address: RedisAddress, patience: Patience): Redis {
  const { host, port, db, tls, username, password } = address;
  const options = {
    host,
    port,
    db,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    // The handshake names a host, never an IP address (RFC 6066).
    ...(tls ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
    ...connectionOptions(patience),
  };
  const client = new Redis(options);
  // Commands that fail or wait report an outage; without a listener every failed reconnection would be printed.
  client.on('error', () => {});
  return client;
}

/**
 * Connects clients of one server and checks that it can carry a farm. Throws `missing-part` where nothing answers, and `bad-value` when
 * the server refuses the login, is too old or may evict keys.
 */
export async function connect(address: RedisAddress, clients: readonly Redis[]): Promise<void> {
  try {
    await Promise.all(clients.map((client) => firstConnection(address, client)));
    const [client] = clients;
    if (client) checkServer(address, await client.info());
  } catch (error) {
    for (const client of clients) client.disconnect();
    throw error;
  }
}

/** Resolves once the client can be used; rejects with the first refusal, without the password. */
function firstConnection(address: RedisAddress, client: Redis): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      client.off('error', onError).off('ready', onReady);
      if (error) reject(error);
      else resolve();
    };
    const onReady = (): void => settle();
    const onError = (error: Error): void => settle(refusal(address, error));
    const timer = setTimeout(() => settle(refusal(address, new Error('no answer'))), firstAnswerMs);
    client.on('error', onError).on('ready', onReady);
    client.connect().catch(onError);
  });
}

function refusal(address: RedisAddress, error: Error): InputError {
  const { message, code } = error as NodeJS.ErrnoException;
  const where = describeAddress(address);
  if (/WRONGPASS|NOAUTH|NOPERM|invalid password/i.test(message))
    return new InputError('bad-value', `${where}: the server refused the login (${message})`);
  return new InputError(
    'missing-part',
    `${where}: cannot connect to a Redis or Valkey server (${code ?? message}); \`--redis auto\` starts one if redis-server is installed`,
    { cause: error },
  );
}

/** `info` is the server's answer to INFO. */
function checkServer(address: RedisAddress, info: string): void {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const where = describeAddress(address);
  const version = field('redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2))
    throw new InputError('bad-value', `${where}: expected Redis 6.2 or newer, or Valkey, got ${version}`);
  const policy = field('maxmemory_policy') ?? 'an unknown policy';
  if (policy !== 'noeviction')
    throw new InputError(
      'bad-value',
      `${where}: expected maxmemory-policy noeviction, got ${policy}, which drops trials when memory runs short; run CONFIG SET maxmemory-policy noeviction`,
    );
}
