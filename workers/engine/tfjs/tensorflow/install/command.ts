import { spawn } from 'node:child_process';
import { InputError } from '../../../../../search/base/errors.js';

export interface CommandOptions {
  /** In the work folder: by it the programs of an installation that was killed are found. */
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Lines of output that an error quotes at most. */
const quotedLines = 6;

/**
 * Runs a program to its end and gives its standard output. When it fails, an `InputError` says what was being done (`purpose`) and quotes
 * the last lines that it wrote: what fails here is a download or a compiler on the user's machine.
 */
export async function runCommand(
  purpose: string,
  command: string,
  args: readonly string[],
  { cwd, env, signal }: CommandOptions,
): Promise<string> {
  const child = spawn(command, args, { cwd, env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    written = (written + text).slice(-4000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-4000);
  });
  const ending = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, killedBy) => resolve(code ?? String(killedBy)));
  });
  if (ending === 0) return stdout;
  const lines = written.split('\n').filter((line) => line.trim() !== '');
  const how = typeof ending === 'number' ? `exit code ${ending}` : ending;
  throw new InputError(
    'missing-part',
    `engine tensorflow: ${purpose} failed (${command}, ${how}):\n${lines.slice(-quotedLines).join('\n')}`,
  );
}
