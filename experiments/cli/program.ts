import { Command, CommanderError } from 'commander';
import { InputError } from '../../search/base/errors.js';
import { commands } from './commands/index.js';
import { packageVersion } from './console.js';
import type { ExitCode } from './ending.js';

/** Runs the command line and resolves to its exit code; the user's faults are thrown as `InputError`. */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = new Command('triscale')
    .description('Find the coefficients of compound scaling (α, β, γ): plan, train, choose and export.')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .addHelpText('after', examples);
  for (const make of commands) {
    program.addCommand(
      make((code) => {
        exitCode = code;
      }),
    );
  }
  quieten(program);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0)
      throw toInputError(
        error,
        program.commands.find((command) => command.name() === args[0]),
      );
  }
  return exitCode;
}

/** Errors are thrown, not printed: one place reports them. */
function quieten(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  command.commands.forEach(quieten);
}

function toInputError(error: CommanderError, command: Command | undefined): InputError {
  if (error.code === 'commander.help' && command) {
    const parts = command.commands.map((part) => part.name()).join(', ');
    const name = command.name();
    return new InputError('bad-value', `${name}: expected one of ${parts}, got nothing; see triscale ${name} --help`);
  }
  const sentence = error.message.replace(/^error: /, '').replace(/\n+/g, ' ');
  const code = error.code === 'commander.unknownOption' ? 'unknown-key' : 'bad-value';
  return new InputError(code, `${sentence}; see triscale --help`);
}

const examples = `
Examples:
  triscale new my-search.json              write a commented experiment to start from
  triscale plan my-search.json             the grid, its networks and what they cost
  triscale run my-search.json              train them and choose the coefficients
  triscale scale efficientnet-b0 --alpha 1.2 --beta 1.1 --gamma 1.15 --phi 2
  triscale train efficientnet-b0-small --data folder:images --epochs 20
`;
