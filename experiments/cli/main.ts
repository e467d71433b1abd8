#!/usr/bin/env node
import { InputError } from '../../search/errors.js';
import { Interrupted } from './interrupt.js';
import { runProgram } from './program.js';

/** The one place that turns errors into exit codes: 0 done, 2 the user's input, 3 no choice, 130 interrupted, 1 our fault. */
try {
  process.exitCode = await runProgram(process.argv.slice(2));
} catch (error) {
  if (error instanceof InputError) {
    process.stderr.write(`triscale: ${error.message}\n`);
    process.exitCode = 2;
  } else if (error instanceof Interrupted) {
    process.stderr.write(`triscale: ${error.message}\n`);
    process.exitCode = 130;
  } else {
    process.stderr.write(
      `triscale: an error of ours, please report it with this text\n${error instanceof Error ? error.stack : error}\n`,
    );
    process.exitCode = 1;
  }
}
