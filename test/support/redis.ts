import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import type { RedisAddress } from '../../workers/executors/farm/address.js';

export interface TestRedisOptions {
  /** Of the server's own; what it keeps lies there. */
  readonly folder: string;
  /** Keeps every command in an append-only file before it answers. */
  readonly durable?: boolean;
  readonly policy?: string;
  readonly config?: readonly string[];
}

/** A Redis server of a test's own, on a private port of 127.0.0.1; it can be killed and started again. */
export class TestRedis {
  private child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly options: TestRedisOptions,
  ) {}

  static async start(options: TestRedisOptions): Promise<TestRedis> {
    mkdirSync(options.folder, { recursive: true });
    const redis = new TestRedis(await freePort(), options);
    await redis.start();
    return redis;
  }

  get address(): RedisAddress {
    return { host: '127.0.0.1', port: this.port, db: 0, tls: false, username: null, password: null };
  }

  /** A client that waits for the server, for as long as `use` takes. */
  async with<T>(use: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis({ host: '127.0.0.1', port: this.port, maxRetriesPerRequest: null });
    client.on('error', () => {});
    try {
      return await use(client);
    } finally {
      client.disconnect();
    }
  }

  async start(): Promise<void> {
    const { folder, durable = false, policy = 'noeviction', config = [] } = this.options;
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    const kept = durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
    this.child = spawn('redis-server', [...settings, ...kept, '--maxmemory-policy', policy, ...config], {
      stdio: 'ignore',
    });
    await this.with((client) => client.ping());
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
