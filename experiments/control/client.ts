import { connect } from 'node:net';
import { InputError, show } from '../../search/base/errors.js';
import { parse } from '../../search/base/parse.js';
import { controlAddress } from './address.js';
import { type Answer, answerSchema, type Command } from './messages.js';

/** Nobody answers: no coordinator is at work on the store. */
export class NoCoordinator extends InputError {
  constructor(storeFile: string) {
    super('missing-file', `store: expected a running search in ${show(storeFile)}, got one that nobody runs`);
  }
}

/**
 * Asks the coordinator that is at work on a store, in this process or another one of this machine, and resolves with its answer. Throws
 * `NoCoordinator` when there is none.
 */
export async function ask(storeFile: string, command: Command): Promise<Answer> {
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
