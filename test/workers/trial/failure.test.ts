import { describe, expect, it } from 'vitest';
import { InputError } from '../../../search/base/errors.js';
import { outcomeOfDeath } from '../../../workers/trial/death.js';
import { feasibly, outcomeOfError } from '../../../workers/trial/failure.js';

describe('an error of a trial', () => {
  const outOfMemory = [
    new Error('Aborted(). Build with -sASSERTIONS for more info.'),
    new RangeError('Array buffer allocation failed'),
    new RangeError('Invalid typed array length: 5000000000'),
    new Error('OOM when allocating tensor with shape[64,112,112,96]'),
    new Error('RESOURCE_EXHAUSTED: failed to allocate'),
    new Error('Out of memory'),
  ];
  for (const error of outOfMemory)
    it(`is want of memory: ${error.message}`, () => {
      expect(outcomeOfError(error)).toEqual({ state: 'oom', message: error.message });
    });

  it('that lies in the network makes it infeasible', async () => {
    const error = new InputError('does-not-fit', 'network: expected at most 3 GiB, got 5 GiB');
    expect(outcomeOfError(error)).toEqual({ state: 'infeasible', message: error.message });
    const building = () =>
      feasibly(() => {
        throw new InputError('unknown-name', 'stage1.op: expected one of conv, got "fourier"');
      });
    expect(await caught(building)).toMatchObject({ state: 'infeasible', message: expect.stringMatching(/fourier/) });
    const broken = () => feasibly(() => JSON.parse('{'));
    expect((await caught(broken)).state).toBe('crashed');
  });

  it('that lies in the worker or the data is a crash with the sentence alone', () => {
    const error = new InputError('missing-file', 'data.path: no such folder');
    expect(outcomeOfError(error)).toEqual({ state: 'crashed', message: error.message });
  });

  it('of any other kind is a crash, with the stack', () => {
    expect(outcomeOfError(new TypeError('x is not a function'))).toEqual({
      state: 'crashed',
      message: expect.stringMatching(/x is not a function\n +at .*failure\.test/),
    });
    expect(outcomeOfError('text')).toEqual({ state: 'crashed', message: 'text' });
  });
});

describe('the death of a process', () => {
  const died = { code: null, signal: null };
  it('by the hand of the system is want of memory, where the count of such kills has risen or is not known', async () => {
    expect((await outcomeOfDeath({ ...died, signal: 'SIGKILL' }, '', null)).state).toBe('oom');
    expect((await outcomeOfDeath({ ...died, signal: 'SIGKILL' }, '', -1)).state).toBe('oom');
  });

  it('is want of memory when V8 says so', async () => {
    const words = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    expect(await outcomeOfDeath({ ...died, signal: 'SIGABRT' }, words, 0)).toEqual({
      state: 'oom',
      message: `the trial's process ran out of memory: ${words}`,
    });
  });

  it('is a crash otherwise, with the exit code or the signal', async () => {
    const { message } = (await outcomeOfDeath({ ...died, signal: 'SIGSEGV' }, 'words', 0)) as { message: string };
    expect(message).toBe("the trial's process ended by SIGSEGV: words");
    const error = new Error('spawn EAGAIN');
    expect(await outcomeOfDeath({ ...died, error }, '', 0)).toEqual({
      state: 'crashed',
      message: "the trial's process could not be started: spawn EAGAIN",
    });
  });
});

async function caught(run: () => Promise<unknown>) {
  try {
    await run();
  } catch (error) {
    return outcomeOfError(error);
  }
  throw new Error('nothing was thrown');
}
