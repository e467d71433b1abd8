#!/usr/bin/env node
import { InputError } from '../../search/base/errors.js';
import { fileFault, Interrupted } from './ending.js';
import { runProgram } from './program.js';

/**
 * Output that cannot be written is dropped and the work continues: a reader that has seen enough, such as `head`, is no fault, and a full
 * disk under a log must not end a search. The loss is reported once, and by the exit code.
 */
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' || isOutputLost) return;
  isOutputLost = true;
  process.stderr.write(`triscale: standard output cannot be written (${code}); further output is lost\n`);
});
process.stderr.on('error', () => undefined);
let isOutputLost = false;
process.on('exit', (code) => {
  if (isOutputLost && code === 0) process.exitCode = 2;
});

const args = process.argv.slice(2);

/** The last line of a command that failed, for programs. */
function record(event: object): void {
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** The one place that turns errors into exit codes: 0 done, 2 bad input, 3 no choice, 130 interrupted, 1 internal error. */
try {
  process.exitCode = await runProgram(args);
} catch (error) {
  const fault = error instanceof InputError ? error : fileFault(error);
  if (fault) {
    process.stderr.write(`triscale: ${fault.message} [${fault.code}]\n`);
    record({ event: 'error', code: fault.code, message: fault.message });
    process.exitCode = 2;
  } else if (error instanceof Interrupted) {
    process.stderr.write(`triscale: ${error.message}\n`);
    record({ event: 'stopped', message: error.message });
    process.exitCode = 130;
  } else {
    process.stderr.write(
      `triscale: internal error; please report this stack trace\n${error instanceof Error ? error.stack : error}\n`,
    );
    record({ event: 'error', code: 'internal', message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  }
}
