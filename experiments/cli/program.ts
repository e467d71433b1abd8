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
    if (error.exitCode !== 0) throw toInputError(error, askedCommand(program, args));
  }
  return exitCode;
}

/** Errors are thrown, not printed: one place reports them. */
function quieten(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  command.commands.forEach(quieten);
}

/** The command that the arguments name: `engine install` rather than `engine`, the program itself where they name none. */
function askedCommand(program: Command, args: readonly string[]): Command {
  const [first, ...rest] = args;
  const command = program.commands.find((one) => one.name() === first);
  return command ? askedCommand(command, rest) : program;
}

/** Such as `triscale engine install`. */
function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function toInputError(error: CommanderError, command: Command): InputError {
  const name = fullName(command);
  if (error.code === 'commander.help') {
    const parts = command.commands.map((part) => part.name()).join(', ');
    return new InputError('bad-value', `${command.name()}: expected one of ${parts}, got nothing; see ${name} --help`);
  }
  const sentence = error.message.replace(/^error: /, '').replace(/\n+/g, ' ');
  const code = error.code === 'commander.unknownOption' ? 'unknown-key' : 'bad-value';
  return new InputError(code, `${sentence}; see ${name} --help`);
}

const examples = `
Examples:
  triscale new my-search.json              write an experiment with comments to start from
  triscale plan my-search.json             the grid, its networks and what they cost
  triscale run my-search.json              train them and choose the coefficients
  triscale scale efficientnet-b0 --alpha 1.2 --beta 1.1 --gamma 1.15 --phi 2
  triscale train efficientnet-b0-small --data folder:images --epochs 20
`;
