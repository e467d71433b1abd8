import os from 'node:os';
import { Command } from 'commander';
import { shortCount as count, times } from '../../../../search/base/format.js';
import { fitPlan } from '../../../../search/plan/fit-plan.js';
import { planSummary } from '../../../../search/plan/plan-summary.js';
import { dataNeeds, dataNeedsText } from '../../../run/data-needs.js';
import { within } from '../../../run/fit-search.js';
import { makeConsole, table } from '../../console.js';
import { addExperimentOptions, type ExperimentOptions, planFromOptions } from '../../options/experiment-options.js';
import { common, memoryFlag } from '../../options/options.js';
import { addPreviewOptions, describePreview, type PreviewFlags, preview } from '../../options/preview-options.js';
import { describePlan } from '../../text/plan-text.js';

interface Options extends ExperimentOptions, PreviewFlags {
  readonly points?: boolean;
  readonly memory?: number;
  readonly json?: boolean;
}

/** `triscale plan FILE`: what a run would train and cost; touches neither a store nor an engine. */
export function planCommand(): Command {
  return addPreviewOptions(addExperimentOptions(new Command('plan')))
    .description('show the grid of an experiment: points, networks, costs, limits and warnings')
    .argument('<file>', 'an experiment file')
    .option('--points', 'also list every point')
    .addOption(common.workers())
    .addOption(common.engine())
    .addOption(memoryFlag())
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale plan experiments/paper.json\n  triscale plan experiments/paper.json --retarget --rounding nearest --points\n  triscale plan experiments/paper.json --workers 8 --gigaflops 9000 --price-per-hour 2.5\n  triscale plan my-search.json --json\n',
    )
    .action(async (file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      const planned = await planFromOptions(file, options);
      const { ramPerSlot } = await import('../../../../workers/executors/local/slots.js');
      const memoryBytes = options.memory ?? ramPerSlot(options.workers ?? os.availableParallelism());
      const needs = await dataNeeds(planned);
      const plan = fitPlan(planned, within(planned.engine, Math.max(0, memoryBytes - (needs?.countedBytes ?? 0))));
      const found = await preview(plan, needs?.images, options);
      console.record({
        ...planSummary(plan),
        data: needs,
        preview: found,
        ...(options.points ? { list: plan.points } : {}),
      });
      console.say(describePlan(plan));
      if (needs) console.say(`Data         ${dataNeedsText(needs)}`);
      console.say(describePreview(found));
      if (!options.points) return;
      const networks = new Map(plan.networks.map((network) => [network.id, network]));
      console.say();
      console.say(
        table(
          ['role', 'α', 'β', 'γ', 'φ', 'nominal', 'realised', 'resolution', 'params', 'macs', 'network'],
          plan.points.map((p) => {
            const planned = networks.get(p.networkId);
            return [
              p.role,
              ...[p.alpha, p.beta, p.gamma, p.phi].map((c) => Number(c.toFixed(4))),
              times(p.nominal),
              times(p.realised),
              planned?.network.resolutionPx ?? '',
              count(planned?.cost.params ?? 0),
              count(planned?.cost.macs ?? 0),
              p.networkId,
            ];
          }),
        ),
      );
    });
}
