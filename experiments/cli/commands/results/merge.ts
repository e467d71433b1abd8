import { Command } from 'commander';
import { mergeStores } from '../../../../db/merge.js';
import { plural } from '../../../../search/base/format.js';
import { makeConsole } from '../../console.js';
import { common } from '../../options/options.js';

interface Options {
  readonly out: string;
  readonly json?: boolean;
}

/** `triscale merge A B --out C`: one store out of two of the same plan. */
export function mergeCommand(): Command {
  return new Command('merge')
    .description('merge two stores of the same plan into a new one, with one result for each trial')
    .argument('<first>', 'a store; its result is taken where both have one')
    .argument('<second>', 'another store of the same plan')
    .requiredOption('--out <file>', 'the new store')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale merge laptop.sqlite desktop.sqlite --out both.sqlite\n  triscale run my-search.json --store both.sqlite\n',
    )
    .action((first: string, second: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      const merged = mergeStores(first, second, options.out);
      console.record(merged);
      const { trials, fromFirst, fromSecond, inBoth, differing, store } = merged;
      const twice =
        differing === 0 ? '' : ` (${differing} of them with a different accuracy in the second, which is not taken)`;
      console.say(
        `${plural(trials, 'trial')}: ${fromFirst} finished in the first store, ${fromSecond} in the second, ${inBoth} in both${twice}, ${trials - fromFirst - fromSecond - inBoth} in neither.`,
      );
      console.say(`Store ${store}`);
    });
}
