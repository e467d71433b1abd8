import { describe, expect, it } from 'vitest';
import { parse } from '../../../search/base/parse.js';
import { commandSchema } from '../../../search/plan/command.js';

const read = (command: unknown) => parse(commandSchema, command, 'command');

describe('a command to a search', () => {
  it.each([
    { command: 'pause' },
    { command: 'resume' },
    { command: 'stop' },
    { command: 'cancel' },
    { command: 'cancel', trialIds: ['1f3a9c0b77de'] },
    { command: 'retry', states: ['failed', 'cancelled'] },
    { command: 'choose', networkId: null, note: '' },
    { command: 'choose', searchId: 2, networkId: 'x', note: 'fits' },
    { command: 'extend', extension: { replicates: 3 } },
  ])('is read as it stands: %j', (command) => {
    expect(read(command)).toEqual(command);
  });

  it.each([
    ['an unknown command', { command: 'drop' }],
    ['an unknown key', { command: 'pause', store: 'x' }],
    ['a retry of nothing', { command: 'retry', states: [] }],
    ['a retry of what is completed', { command: 'retry', states: ['completed'] }],
    ['an id that is too long', { command: 'cancel', trialIds: ['x'.repeat(65)] }],
    ['a note that is too long', { command: 'choose', networkId: 'x', note: 'x'.repeat(501) }],
  ])('is refused for %s', (_what, command) => {
    expect(() => read(command)).toThrow(/command/);
  });
});
