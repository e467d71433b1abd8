import type { Command } from 'commander';
import { common } from './options.js';

/** The argument and flags of commands that read a stored search. */
export function addSearchOptions(command: Command): Command {
  return command
    .argument('<file>', 'an experiment file, or a store')
    .addOption(common.store())
    .option('--search <hash>', 'the search whose plan hash begins so (default: the latest)')
    .option('--simulated', "the experiment's simulated search instead of its real one");
}
