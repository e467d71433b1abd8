import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { parse } from '../../search/base/parse.js';
import { controlAddress } from './address.js';
import { type Answer, type Command, commandSchema, type Done } from './messages.js';

const largestRequest = 1e6;

/**
 * Takes commands for the coordinator of a store. A socket is asked and answered at once, and nobody but the coordinator writes to the
 * store for it. What a killed coordinator has left is replaced: the writer's lock says that it is gone.
 */
export class ControlServer {
  private constructor(
    private readonly server: Server,
    private readonly address: string,
    private readonly sockets: Set<Socket>,
  ) {}

  /** Call it with the store's lock held. `handle` returns what was done, or throws. */
  static async listen(storeFile: string, handle: (command: Command) => Promise<Done>): Promise<ControlServer> {
    const address = controlAddress(storeFile);
    const isFile = process.platform !== 'win32';
    if (isFile) await rm(address, { force: true });
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      serve(socket, handle);
    });
    server.listen(address);
    await once(server, 'listening');
    if (isFile) await chmod(address, 0o600);
    return new ControlServer(server, address, sockets);
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    // An answer that is on its way is let through.
    for (const socket of this.sockets) socket.end();
    await closed;
    if (process.platform !== 'win32') await rm(this.address, { force: true });
  }
}

function serve(socket: Socket, handle: (command: Command) => Promise<Done>): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(60_000, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (part: string) => {
    text += part;
    if (text.length > largestRequest) socket.destroy();
    const end = text.indexOf('\n');
    if (end < 0) return;
    const line = text.slice(0, end);
    text = '';
    void answer(line, handle).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
  });
}

async function answer(line: string, handle: (command: Command) => Promise<Done>): Promise<Answer> {
  try {
    return { ok: true, ...(await handle(parse(commandSchema, JSON.parse(line), 'command'))) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error), count: null };
  }
}
