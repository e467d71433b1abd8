import { isIP } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { InputError } from '../../../search/base/errors.js';
import { describeAddress, type RedisAddress } from './address.js';

/** Between two tries to connect again, at most. */
const longestRetryMs = 2000;
/** A server that says nothing for so long while an answer is due is taken for gone: a cut cable sends no word. */
const silenceMs = 20_000;
/** To the first answer. */
const firstAnswerMs = 10_000;

/**
 * `patient`: a command waits until the server is back, so that a trial that ends during an outage keeps its result. `prompt`: it fails
 * at once, so that whoever submits learns of the outage.
 */
export type Patience = 'patient' | 'prompt';

/** A client of this server, not yet connected. It connects again by itself, within 2 s of the server's return, until it is closed. */
export function redisClient(address: RedisAddress, patience: Patience): Redis {
  const { host, port, db, tls, username, password } = address;
  const options = {
    host,
    port,
    db,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    // A server's name is told in the handshake, a number never (RFC 6066).
    ...(tls ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
    lazyConnect: true,
    keepAlive: 10_000,
    socketTimeout: silenceMs,
    connectTimeout: firstAnswerMs,
    retryStrategy: (times: number) => Math.min(longestRetryMs, 50 * 2 ** times),
    enableOfflineQueue: patience === 'patient',
    maxRetriesPerRequest: patience === 'patient' ? null : 1,
  } satisfies RedisOptions;
  const client = new Redis(options);
  // An outage is told by the commands that fail or wait; without a listener every failed try to connect would be printed.
  client.on('error', () => {});
  return client;
}

/**
 * Connects clients of one server and checks that it can carry a farm. Throws `missing-part` where nothing answers, and `bad-value` when
 * the server refuses the user, is too old or may throw away what it was given.
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

/** Resolves once the client can be used; the first refusal counts, and is told without the password. */
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
    return new InputError('bad-value', `${where}: expected a user that the server knows, got ${message}`);
  return new InputError(
    'missing-part',
    `${where}: expected a Redis or Valkey server, got ${code ?? message}; \`--redis auto\` starts one where redis-server is installed`,
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
      `${where}: expected maxmemory-policy noeviction, got ${policy}, with which the server throws trials away when its memory is short; CONFIG SET maxmemory-policy noeviction`,
    );
}
