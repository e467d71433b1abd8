import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { InputError } from '../../../search/base/errors.js';
import { writeAtomically } from '../../atomic-file.js';
import { parseRedisAddress, type RedisAddress } from './address.js';
import { connect, redisClient } from './connection.js';

const programs = ['redis-server', 'valkey-server'] as const;

/** A private server that ends with this process. */
export interface RedisServer {
  readonly address: RedisAddress;
  /** Holds the address with its password; only its owner can read it: `TRISCALE_REDIS="$(cat FILE)" triscale worker`. */
  readonly addressFile: string;
  close(): Promise<void>;
}

/**
 * Starts the Redis or Valkey that is installed, on a private port of this machine, behind a password, with an append-only file in `folder`:
 * what it held when it ended is there when it is started again. One that a killed coordinator has left in this folder is taken over, with
 * the workers that are joined to it. Throws `missing-part` when none is installed.
 */
export async function startRedisServer(folder: string): Promise<RedisServer> {
  const addressFile = path.join(folder, 'address');
  const left = await leftServer(addressFile);
  if (left) return { address: left, addressFile, close: () => shutDown(left, addressFile) };
  const program = programs.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (!program)
    throw new InputError(
      'missing-part',
      '--redis auto needs redis-server or valkey-server on the PATH: apt-get install redis-server, brew install redis, or give the address of a server',
    );
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const port = await freePort();
  const password = randomBytes(24).toString('base64url');
  const address = { host: '127.0.0.1', port, db: 0, tls: false, username: null, password };
  // Through standard input: every user can read a command line.
  const child = spawn(program, ['-'], { cwd: folder, stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(configuration(port, password, path.resolve(folder)));
  try {
    await Promise.race([answering(address), ended(child)]);
    await writeAtomically(addressFile, async (handle) => {
      await handle.chmod(0o600);
      await handle.writeFile(`redis://:${password}@127.0.0.1:${port}\n`);
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { address, addressFile, close: () => shutDown(address, addressFile) };
}

/** The server that still runs for this folder, or null. */
async function leftServer(addressFile: string): Promise<RedisAddress | null> {
  const client = await readFile(addressFile, 'utf8')
    .then((text) => parseRedisAddress(text.trim(), addressFile))
    .then((address) => ({ address, client: redisClient(address, 'prompt') }))
    .catch(() => null);
  if (!client) return null;
  try {
    await connect(client.address, [client.client]);
    return client.address;
  } catch {
    return null;
  } finally {
    client.client.disconnect();
  }
}

function configuration(port: number, password: string, folder: string): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    'daemonize no',
    '',
  ].join('\n');
}

/** Resolves when the server answers; it may load its file first. */
async function answering(address: RedisAddress): Promise<void> {
  const client = redisClient(address, 'patient');
  try {
    await client.ping();
  } finally {
    client.disconnect();
  }
}

async function ended(child: ChildProcess): Promise<never> {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-500);
  });
  const [code] = await once(child, 'close');
  throw new Error(`the Redis server ended with exit code ${code}: ${words.trim()}`);
}

/** Ends the server, which flushes its file first. */
async function shutDown(address: RedisAddress, addressFile: string): Promise<void> {
  await rm(addressFile, { force: true });
  const client = redisClient(address, 'prompt');
  try {
    await connect(address, [client]);
    const closed = once(client, 'close');
    // It answers by closing the connection.
    client.shutdown('NOSAVE').catch(() => {});
    await closed;
  } catch {
    // It is gone already.
  } finally {
    client.disconnect();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
