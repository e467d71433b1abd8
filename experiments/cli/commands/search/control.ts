import { Command } from 'commander';
import { InputError, show } from '../../../../search/base/errors.js';
import { parse } from '../../../../search/base/parse.js';
import type { SearchCommand } from '../../../../search/plan/command.js';
import { makeConsole } from '../../console.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { addSearchOptions, common, integer, number } from '../../options/options.js';

interface Options extends SearchOptions {
  readonly json?: boolean;
}

/** Sends a command to the coordinator of a search, or to its store if none is running, and prints what was done. */
async function ask(file: string, options: Options, command: SearchCommand): Promise<void> {
  const { control } = await import('../../../control/control.js');
  const console = makeConsole(options.json ?? false);
  const { store, id } = await withSearch(file, options, (reader, summary) => ({ store: reader.file, id: summary.id }));
  const { message, count } = await control(store, id, command);
  console.record({ command: command.command, message, count });
  console.say(message);
}

/**
 * The id of a network (`--network`) or a trial (`--trials`) of a search from its first digits. An id that the search does not know is
 * returned as it is, for its coordinator to refuse. Throws `bad-value` where several begin so.
 */
async function completed(
  file: string,
  options: Options,
  flag: '--network' | '--trials',
  typed: string,
): Promise<string> {
  const found = await withSearch(file, options, (reader, { id }) => {
    const ids =
      flag === '--network' ? reader.plan(id).networks.map((one) => one.id) : reader.trials(id).map((one) => one.id);
    return typed === '' || ids.includes(typed) ? [] : ids.filter((one) => one.startsWith(typed));
  });
  if (found.length > 1)
    throw new InputError(
      'bad-value',
      `${flag}: expected the first digits of one id, got ${show(typed)}, which begins ${found.length}: ${found.slice(0, 4).join(', ')}${found.length > 4 ? ', …' : ''}`,
    );
  return found[0] ?? typed;
}

/** A command without flags of its own. */
function simple(name: 'pause' | 'resume' | 'stop', description: string): () => Command {
  return () =>
    addSearchOptions(new Command(name))
      .description(description)
      .addOption(common.json())
      .addHelpText(
        'after',
        `\nExamples:\n  triscale ${name} experiments/demo.json\n  triscale ${name} runs/demo.sqlite\n`,
      )
      .action((file: string, options: Options) => ask(file, options, { command: name }));
}

export const pauseCommand = simple('pause', 'pause a search: running trials finish, no others start until `resume`');
export const resumeCommand = simple('resume', 'resume a paused search');
export const stopCommand = simple('stop', 'stop a search once its running trials have finished; `run` continues it');

export function chooseCommand(): Command {
  return addSearchOptions(new Command('choose'))
    .description('choose a candidate manually instead of by a rule; select and export report it')
    .option('--network <id>', 'a candidate with a finished trial: its id, or the first digits of it')
    .option('--note <text>', 'why', '')
    .option('--undo', 'return to the rule')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale choose experiments/demo.json --network 1f3a9c0 --note "fits the phone"\n  triscale choose runs/demo.sqlite --undo\n',
    )
    .action(async (file: string, { network, note, undo = false, ...options }: Options & ChooseOptions) => {
      if (undo === (network !== undefined))
        throw new InputError(
          'bad-value',
          `choose: expected either --network or --undo, got ${undo ? 'both' : 'neither'}`,
        );
      const networkId = network === undefined ? null : await completed(file, options, '--network', network);
      await ask(file, options, { command: 'choose', networkId, note: note ?? '' });
    });
}

interface ChooseOptions {
  readonly network?: string;
  readonly note?: string;
  readonly undo?: boolean;
}

export function cancelCommand(): Command {
  return addSearchOptions(new Command('cancel'))
    .description('end trials of a search now; only `retry` trains them again')
    .option('--trials <ids>', 'only these, by id or its first digits, comma-separated (default: all unfinished ones)')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale cancel experiments/demo.json\n  triscale cancel runs/demo.sqlite --trials 1f3a9c0b77de\n',
    )
    .action(async (file: string, options: Options & { readonly trials?: string }) => {
      const typed = options.trials?.split(',');
      const trialIds = typed && (await Promise.all(typed.map((id) => completed(file, options, '--trials', id))));
      return ask(file, options, { command: 'cancel', ...(trialIds ? { trialIds } : {}) });
    });
}

export function retryCommand(): Command {
  return addSearchOptions(new Command('retry'))
    .description('train failed trials again; finished ones are kept')
    .option('--failed', 'failed trials (the default)')
    .option('--cancelled', 'cancelled trials')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale retry experiments/demo.json --failed\n  triscale retry runs/demo.sqlite --cancelled\n',
    )
    .action((file: string, options: Options & { readonly failed?: boolean; readonly cancelled?: boolean }) => {
      const { failed = !options.cancelled, cancelled = false } = options;
      const states = [...(failed ? (['failed'] as const) : []), ...(cancelled ? (['cancelled'] as const) : [])];
      return ask(file, options, { command: 'retry', states });
    });
}

export function extendCommand(): Command {
  return addSearchOptions(new Command('extend'))
    .description('add seeds, epochs or points to a stored search; finished trials are kept, and `run` trains the rest')
    .option('--replicates <n>', 'trainings of each network', integer('--replicates', 1, 100))
    .option('--seed-budget <n>', 'further trainings of the leading networks', integer('--seed-budget', 0, 1_000_000))
    .option('--epochs <n>', 'epochs of every training', integer('--epochs', 1, 10_000))
    .option('--tolerance <x>', 'tolerance of the grid; a larger one admits more points', number('--tolerance', 0, 1024))
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale extend experiments/demo.json --replicates 3\n  triscale extend experiments/demo.json --seed-budget 40\n  triscale extend runs/demo.sqlite --tolerance 0.3\n',
    )
    .action(
      async (
        file: string,
        options: Options & Record<'replicates' | 'seedBudget' | 'epochs' | 'tolerance', number | undefined>,
      ) => {
        const { extensionSchema } = await import('../../../../search/plan/extension.js');
        const { replicates, seedBudget, epochs, tolerance } = options;
        if ([replicates, seedBudget, epochs, tolerance].every((value) => value === undefined))
          throw new InputError(
            'bad-value',
            'extend: expected --replicates, --seed-budget, --epochs or --tolerance, got none of them',
          );
        const extension = parse(extensionSchema, { replicates, seedBudget, epochs, tolerance }, 'extend');
        await ask(file, options, { command: 'extend', extension });
      },
    );
}
