import { Command } from 'commander';
import { readSearchEvidence } from '../../../handover/evidence.js';
import { makeConsole, table } from '../../console.js';
import type { ExitWith } from '../../ending.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { addSearchOptions, common } from '../../options/options.js';
import { describeChoice, networkTable } from '../../text/search-text.js';

interface Options extends SearchOptions {
  readonly rule?: string;
  readonly reasons?: boolean;
  readonly json?: boolean;
}

/** `triscale select FILE`: the choice with its reasons, from stored results. */
export function selectCommand(exitWith: ExitWith): Command {
  return addSearchOptions(new Command('select'))
    .description('show the candidates, the tie set, and the choice with its reason')
    .addOption(common.rule())
    .option('--reasons', 'also show why each other network was rejected')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale select experiments/demo.json\n  triscale select runs/demo.sqlite --rule fewest-macs --reasons\n',
    )
    .action(async (file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      await withSearch(file, options, (reader, summary) => {
        const evidence = readSearchEvidence(reader, summary, options.rule);
        const { selection } = evidence;
        if (!selection.choice) exitWith(3);
        console.record({
          name: summary.name,
          hash: summary.hash,
          simulated: summary.simulation !== null,
          trials: summary.trials,
          chosen: selection.choice?.coefficients ?? null,
          ...selection,
          store: reader.file,
        });
        if (summary.simulation) console.say('Simulated: no network was trained.');
        console.say(`${describeChoice(evidence)}\n`);
        console.say(networkTable(evidence, console.strong));
        if (options.reasons)
          console.say(
            `\n${table(
              ['rejected', 'reason'],
              selection.rejected.map((r) => [r.networkId, r.reason]),
            )}`,
          );
      });
    });
}
