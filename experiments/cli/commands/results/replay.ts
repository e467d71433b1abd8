import { Command, Option } from 'commander';
import { defaultHalving, type HalvingRule } from '../../../../search/strategy/halving-rule.js';
import { readSearchEvidence } from '../../../handover/evidence.js';
import { replaySearch } from '../../../handover/replay-search.js';
import { makeConsole, table } from '../../console.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { common, integer, number } from '../../options/options.js';
import { addSearchOptions } from '../../options/search-options.js';
import { plural } from '../../text/format.js';

interface Options extends SearchOptions, HalvingRule {
  readonly json?: boolean;
}

/** `triscale replay FILE`: what early stopping would have saved and lost. */
export function replayCommand(): Command {
  const { eta, firstEpochs, by } = defaultHalving;
  return addSearchOptions(new Command('replay'))
    .description(
      'what a rule of early stopping would have saved in a finished search, and whether it would have kept the winner',
    )
    .addOption(
      new Option('--eta <n>', 'one trial in so many goes on from a rung')
        .default(eta)
        .argParser(number('--eta', 1.1, 100)),
    )
    .addOption(
      new Option('--first-epochs <n>', 'epochs before the first rung')
        .default(firstEpochs)
        .argParser(integer('--first-epochs', 1, 10_000)),
    )
    .addOption(
      new Option('--by <unit>', 'rungs at equal epochs, or at equal training macs')
        .choices(['epochs', 'macs'])
        .default(by),
    )
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nEarly stopping is off unless the experiment asks for it (earlyStopping): candidates that differ in depth and width converge at different speeds.\n\nExamples:\n  triscale replay experiments/demo.json\n  triscale replay runs/demo.sqlite --eta 2 --first-epochs 1 --by macs --json\n',
    )
    .action(async (file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      await withSearch(file, options, (reader, summary) => {
        const { eta, firstEpochs, by } = options;
        const rule = { eta, firstEpochs, by };
        const replay = replaySearch(readSearchEvidence(reader, summary), rule);
        console.record({
          name: summary.name,
          hash: summary.hash,
          simulated: summary.simulation !== null,
          rule,
          ...replay,
        });
        if (summary.simulation) console.say('Simulated: no network was trained.');
        if (replay.rungs.length === 0) {
          console.say(`No rung: every trial ends within the first ${plural(firstEpochs, 'epoch')}.`);
          return;
        }
        console.say(
          table(
            ['epochs', 'judged', 'went on', 'rank correlation with the end'],
            replay.rungs.map(({ epochs, judged, promoted, rankCorrelation }) => [
              epochs,
              judged.length,
              promoted.length,
              rankCorrelation === null ? '?' : rankCorrelation.toFixed(3),
            ]),
          ),
        );
        console.say(`\nThis rule ${replay.sentence}. What is saved is a share of the training macs.`);
      });
    });
}
