import { InputError } from '../../../search/base/errors.js';

/** The address of a Redis server and its credentials. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
}

/** Environment variables that an address may come from. Other users of the machine cannot read them, unlike a command line. */
const redisVariable = 'TRISCALE_REDIS';
const redisPasswordVariable = 'TRISCALE_REDIS_PASSWORD';

/**
 * The address of the farm's server: the URL given on the command line or, without one, in `TRISCALE_REDIS`; its password may come from
 * `TRISCALE_REDIS_PASSWORD`. Null when neither names a server. Throws `bad-value` for an invalid URL, and for a password on the command
 * line, which every user of the machine can read in the list of processes.
 */
export function redisAddress(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): RedisAddress | null {
  const text = flag ?? env[redisVariable];
  if (text === undefined || text === '') return null;
  const path = flag === undefined ? redisVariable : '--redis';
  const address = parseRedisAddress(text, path);
  if (flag !== undefined && address.password !== null)
    throw new InputError(
      'bad-value',
      `--redis must not contain a password, since every user of this machine can read the command line; put the address into ${redisVariable} or the password into ${redisPasswordVariable}`,
    );
  return { ...address, password: address.password ?? env[redisPasswordVariable] ?? null };
}

/** Parses `redis://[user[:password]@]host[:port][/db]`; `rediss://` is TLS. No error repeats the text, which may hold a password. */
export function parseRedisAddress(text: string, path: string): RedisAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw notAnAddress(path, 'text that is not a URL');
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:')
    throw notAnAddress(path, `one with the scheme ${url.protocol}`);
  const db = /^\/?(\d*)$/.exec(url.pathname)?.[1];
  if (db === undefined) throw notAnAddress(path, 'one whose path is not a database number');
  return {
    host: url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: url.port === '' ? 6379 : Number(url.port),
    db: Number(db),
    tls: url.protocol === 'rediss:',
    username: decoded(url.username, path),
    password: decoded(url.password, path),
  };
}

/** The address as it may be shown: without its password. */
export function describeAddress({ host, port, db, tls, username }: RedisAddress): string {
  const user = username === null ? '' : `${username}@`;
  const name = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'rediss' : 'redis'}://${user}${name}:${port}${db === 0 ? '' : `/${db}`}`;
}

function decoded(text: string, path: string): string | null {
  try {
    return text === '' ? null : decodeURIComponent(text);
  } catch {
    throw notAnAddress(path, 'one with an invalid % escape in its user or password');
  }
}

function notAnAddress(path: string, got: string): InputError {
  return new InputError('bad-value', `${path}: expected an address such as redis://host:6379, got ${got}`);
}
