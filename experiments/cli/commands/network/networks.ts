import { Command } from 'commander';
import { shortCount as count } from '../../../../search/base/format.js';
import { graphCost } from '../../../../search/cost/counts.js';
import { expand } from '../../../../search/network/graph.js';
import { networks, resolveNetwork } from '../../../../search/network/presets.js';
import { makeConsole, table } from '../../console.js';
import { common } from '../../options/options.js';

/** `triscale networks`: the catalogue, with exact counts. */
export function networksCommand(): Command {
  return new Command('networks')
    .description('list the built-in networks with their exact counts')
    .addOption(common.json())
    .addHelpText('after', '\nExamples:\n  triscale networks\n  triscale cost efficientnet-b3\n')
    .action(({ json }: { json?: boolean }) => {
      const console = makeConsole(json ?? false);
      const entries = networks().map((entry) => ({ ...entry, ...graphCost(expand(resolveNetwork(entry.name))) }));
      console.record(entries);
      console.say(
        table(
          ['network', 'resolution', 'params', 'macs', 'activations', 'source'],
          entries.map((e) => [e.name, e.resolutionPx, count(e.params), count(e.macs), count(e.activations), e.source]),
        ),
      );
      console.say(
        '\nmacs: multiply-adds per image of convolutions, squeeze-and-excite and dense layers; params: trainable.',
      );
    });
}
