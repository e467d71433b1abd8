import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { storeFile as realStoreFile } from '../../db/file/store-file.js';
import { InputError, show } from '../../search/base/errors.js';
import { parse } from '../../search/base/parse.js';
import { type CommandResult, commandSchema, type SearchCommand } from '../../search/plan/command.js';

/** One line of JSON, in reply to one line of JSON that holds a command. `message`: what was done, or why it was not. */
const answerSchema = z.strictObject({
  ok: z.boolean(),
  message: z.string(),
  count: z.int().min(0).nullable(),
});

type Answer = Readonly<z.infer<typeof answerSchema>>;

/** Bytes that every system allows in a socket's path. */
const longestPath = 100;

/**
 * Where the coordinator of a store listens: a socket beside the store, `<store>.control`, protected by the permissions of its folder. Where
 * that path is too long for a socket it is in the temporary folder; on Windows it is a named pipe.
 */
export function controlAddress(storeFile: string): string {
  const store = realStoreFile(storeFile);
  const name = createHash('sha256').update(store).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\triscale-${name}`;
  const beside = `${store}.control`;
  return Buffer.byteLength(beside) <= longestPath ? beside : path.join(os.tmpdir(), `triscale-${name}.control`);
}

/** No coordinator answers: nobody runs a search on the store. */
export class NoCoordinator extends InputError {
  constructor(storeFile: string) {
    super('missing-file', `no search is running on ${show(storeFile)}`);
  }
}

/**
 * Sends a command to the coordinator of a store, in this process or another one on this machine, and resolves with its answer. Rejects with
 * `NoCoordinator` where there is none.
 */
export async function ask(storeFile: string, command: SearchCommand): Promise<Answer> {
  const line = await exchange(storeFile, JSON.stringify(command));
  return parse(answerSchema, JSON.parse(line), 'answer');
}

function exchange(storeFile: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlAddress(storeFile));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${line}\n`));
    socket.on('data', (part: string) => {
      text += part;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isNobody = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      reject(isNobody ? new NoCoordinator(storeFile) : error);
    });
    socket.on('close', () => (text === '' ? reject(new NoCoordinator(storeFile)) : resolve(text)));
  });
}

const largestRequest = 1e6;

/**
 * Takes commands for the coordinator of a store, so that only the coordinator writes to the store. Each connection carries one command and
 * one answer. A socket left behind by a killed coordinator is replaced: the writer's lock proves that it is gone.
 */
export class ControlServer {
  private constructor(
    private readonly server: Server,
    private readonly address: string,
    private readonly sockets: Set<Socket>,
  ) {}

  /** Call with the store's lock held. `handle` returns what was done, or throws. */
  static async listen(
    storeFile: string,
    handle: (command: SearchCommand) => Promise<CommandResult>,
  ): Promise<ControlServer> {
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
    // Lets an answer in flight through.
    for (const socket of this.sockets) socket.end();
    await closed;
    if (process.platform !== 'win32') await rm(this.address, { force: true });
  }
}

function serve(socket: Socket, handle: (command: SearchCommand) => Promise<CommandResult>): void {
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

async function answer(line: string, handle: (command: SearchCommand) => Promise<CommandResult>): Promise<Answer> {
  try {
    return { ok: true, ...(await handle(parse(commandSchema, JSON.parse(line), 'command'))) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error), count: null };
  }
}
