import { Command, Option } from 'commander';
import { InputError } from '../../../../search/base/errors.js';
import { plural } from '../../../../search/base/format.js';
import { isSearched } from '../../../../search/evidence/candidate.js';
import { defaultHalving, type HalvingRule } from '../../../../search/strategy/halving.js';
import { type Replay, type Run, replayHalving } from '../../../../search/strategy/halving-replay.js';
import { readSearchEvidence, type SearchEvidence } from '../../../handover/evidence.js';
import { makeConsole, table } from '../../console.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { addSearchOptions, common, integer, number } from '../../options/options.js';

interface Options extends SearchOptions, HalvingRule {
  readonly json?: boolean;
}

/** `triscale replay FILE`: what early stopping would have saved and lost. */
export function replayCommand(): Command {
  const { eta, firstEpochs, by } = defaultHalving;
  return addSearchOptions(new Command('replay'))
    .description(
      'show what an early-stopping rule would have saved in a finished search, and whether it would have kept the winner',
    )
    .addOption(
      new Option('--eta <n>', 'one trial in this many continues past a rung')
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
      '\nEarly stopping is off unless the experiment asks for it (earlyStopping): candidates that differ in depth and width converge at different rates.\n\nExamples:\n  triscale replay experiments/demo.json\n  triscale replay runs/demo.sqlite --eta 2 --first-epochs 1 --by macs --json\n',
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
            ['epochs', 'judged', 'continued', 'rank correlation with the end'],
            replay.rungs.map(({ epochs, judged, promoted, rankCorrelation }) => [
              epochs,
              judged.length,
              promoted.length,
              rankCorrelation === null ? '?' : rankCorrelation.toFixed(3),
            ]),
          ),
        );
        console.say(`\nThis rule ${replay.sentence}. Savings are shares of the training macs.`);
      });
    });
}

/** Plays the finished trials of a search again under a rule of early stopping. Throws `bad-value` where none has finished. */
function replaySearch({ candidates }: Pick<SearchEvidence, 'candidates'>, rule: HalvingRule): Replay {
  const runs = candidates.filter(isSearched).flatMap(({ networkId, cost, trials }) =>
    trials.flatMap((trial): Run[] => {
      if (trial.state !== 'completed' || trial.curve.length === 0) return [];
      return [{ id: `${networkId}/${trial.replicate}`, curve: trial.curve, macs: cost.macs }];
    }),
  );
  if (runs.length === 0)
    throw new InputError('bad-value', 'no trial of the grid has finished yet, so there is nothing to replay');
  return replayHalving(runs, rule);
}
