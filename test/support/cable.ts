import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { RedisAddress } from '../../workers/executors/farm/address.js';

/** What becomes of the connections over a cable that was cut: they outlive it, as TCP's do for a while, or are lost with what was on its way. */
export type Mended = 'connections-live' | 'connections-lost';

/** A network between two programs of this machine that can be cut: from then on nothing passes either way, and nobody is told. */
export class Cable {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    private readonly to: RedisAddress,
  ) {}

  /** A cable whose other end is at this address. */
  static async to(address: RedisAddress): Promise<Cable> {
    const server = createServer();
    const cable = new Cable(server, address);
    server.on('connection', (socket) => cable.join(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return cable;
  }

  /** The near end. */
  get address(): RedisAddress {
    return { ...this.to, port: (this.server.address() as { port: number }).port };
  }

  cut(): void {
    this.isCut = true;
    for (const pair of this.pairs) for (const socket of pair) socket.pause();
  }

  mend(how: Mended): void {
    this.isCut = false;
    for (const pair of [...this.pairs])
      for (const socket of pair) {
        if (how === 'connections-lost') socket.destroy();
        else socket.resume();
      }
  }

  async close(): Promise<void> {
    this.mend('connections-lost');
    this.server.close();
    await once(this.server, 'close');
  }

  private join(near: Socket): void {
    const far = connect(this.to.port, this.to.host);
    const pair = [near, far] as const;
    this.pairs.add(pair);
    const part = (): void => {
      this.pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const [from, into] of [pair, [far, near] as const])
      from
        .on('data', (bytes) => void into.write(bytes))
        .on('error', part)
        .on('close', part);
    if (this.isCut) for (const socket of pair) socket.pause();
  }
}
