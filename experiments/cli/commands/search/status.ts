import { Command } from 'commander';
import { duration, percent } from '../../../../search/base/format.js';
import type { TrialState } from '../../../../search/plan/outcomes.js';
import { planSummary } from '../../../../search/plan/plan-summary.js';
import { readSearchEvidence } from '../../../handover/evidence.js';
import { makeConsole, table } from '../../console.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { addSearchOptions, common } from '../../options/options.js';
import { describeSavings } from '../../text/plan-text.js';
import { describeTrials } from '../../text/search-text.js';

/** `triscale status FILE`: the progress of a search, from its store; also while it runs. */
export function statusCommand(): Command {
  return addSearchOptions(new Command('status'))
    .description('show the progress of a search: trials by state, running trials, failures')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale status experiments/demo.json\n  triscale status runs/demo.sqlite --json\n',
    )
    .action(async (file: string, options: SearchOptions & { json?: boolean }) => {
      const console = makeConsole(options.json ?? false);
      await withSearch(file, options, (reader, summary) => {
        const { plan, selection } = readSearchEvidence(reader, summary);
        const trials = reader.trials(summary.id);
        const running = trials.filter((trial) => trial.state === 'running');
        const failed = trials.filter((trial) => trial.state === 'failed');
        const active = reader.isBeingWritten();
        console.record({
          ...planSummary(plan),
          trials: summary.trials,
          name: summary.name,
          hash: summary.hash,
          simulated: summary.simulation !== null,
          active,
          chosen: selection.choice?.coefficients ?? null,
          tieSet: selection.tieSet,
          running,
          failed,
          store: reader.file,
        });
        console.say(`${summary.name}${summary.simulation ? ' (simulated)' : ''}: ${plan.spec.question}`);
        console.say(`Trials   ${active ? describeTrials(summary.trials) : describeResting(summary.trials)}`);
        for (const line of describeSavings(plan)) console.say(`Memory   ${line}`);
        const best = selection.estimates.find(({ networkId }) => networkId === selection.best);
        if (best) console.say(`Best     ${percent(best.mean)} (${best.networkId})`);
        if (active && running.length > 0) {
          const rows = running.map((t) => [
            t.networkId,
            `${t.epoch}/${plan.recipe.epochs}`,
            t.validationAccuracy === null ? '' : percent(t.validationAccuracy),
            t.host ?? '',
            t.startedMs === null ? '' : duration(Date.now() - t.startedMs),
          ]);
          console.say(`\n${table(['running', 'epoch', 'accuracy', 'host', 'for'], rows)}`);
        }
        if (failed.length > 0) {
          console.say(
            `\n${table(
              ['failed', 'outcome', 'attempts', 'why'],
              failed.map((t) => [t.networkId, t.outcome, t.attempts, t.message]),
            )}`,
          );
        }
        console.say(`\nStore ${reader.file}`);
      });
    });
}

/** The trials of a search that is not running; those that were running when its coordinator was killed are interrupted. */
function describeResting({ running, ...trials }: Readonly<Record<TrialState, number>>): string {
  const isOver = running + trials.queued + trials.paused === 0;
  const counts = describeTrials({ ...trials, interrupted: running });
  return isOver ? counts : `${counts}; not running (\`triscale run\` continues it)`;
}
