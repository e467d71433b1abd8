import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileFault } from '../../../experiments/cli/ending.js';
import { InputError } from '../../../search/base/errors.js';
import { scratchFolder } from '../../support/scratch.js';

const folder = scratchFolder('file-fault');

/** As Node words it. */
function systemError(code: string, syscall: string, file?: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall, ...(file && { path: file }) });
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('the fault of a disk', () => {
  it.each([
    ['EACCES', 'open', '/a/b.json', 'cannot read or write /a/b.json: permission denied'],
    ['EPERM', 'unlink', '/a', 'cannot read or write /a: permission denied'],
    ['EROFS', 'mkdir', '/a', 'cannot read or write /a: read-only file system'],
    ['ENOSPC', 'write', undefined, 'cannot read or write a file: no space left on the disk'],
    ['EDQUOT', 'write', undefined, 'cannot read or write a file: disk quota exceeded'],
    [
      'EACCES',
      'open',
      '/a/b.json.01234567-89ab-cdef-0123-456789abcdef.tmp',
      'cannot read or write /a/b.json: permission denied',
    ],
  ])('is told in one sentence: %s at %s of %s', (code, syscall, file, sentence) => {
    const fault = fileFault(systemError(code, syscall, file));
    expect(fault).toBeInstanceOf(InputError);
    expect(fault?.message).toBe(sentence);
  });

  it('is told of a name that is too long', () => {
    const name = path.join(folder, 'n'.repeat(300));
    expect(fileFault(thrownBy(() => writeFileSync(name, '')))?.message).toBe(
      `cannot read or write ${name}: file name too long`,
    );
  });

  it.each([
    ['EPERM', 'kill'],
    ['EACCES', 'spawn /usr/bin/python3'],
    ['EACCES', 'connect'],
    ['EACCES', 'listen'],
    ['EPERM', 'bind'],
    ['ENOENT', 'open'],
    ['EBADF', 'close'],
  ])('is not what another refusal tells of: %s at %s', (code, syscall) => {
    expect(fileFault(systemError(code, syscall, '/usr/bin/python3'))).toBeNull();
  });

  it('is not what a program tells of that cannot be started', () => {
    const program = path.join(folder, 'program');
    writeFileSync(program, '', { mode: 0o644 });
    const error = thrownBy(() => execFileSync(program));
    expect(error).toMatchObject({ code: 'EACCES', path: program });
    expect(fileFault(error)).toBeNull();
  });

  it.each([[null], [undefined], ['EACCES'], [{ code: 'EACCES' }]])('is not what %j tells of', (thrown) => {
    expect(fileFault(thrown)).toBeNull();
  });
});
