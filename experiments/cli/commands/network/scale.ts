import { Command, Option } from 'commander';
import { shortCount as count, times } from '../../../../search/base/format.js';
import { graphCost } from '../../../../search/cost/counts.js';
import { expand } from '../../../../search/network/graph.js';
import { multipliers, nominalProduct } from '../../../../search/scaling/coefficients.js';
import { regularisationAt } from '../../../../search/scaling/regularisation.js';
import { roundings } from '../../../../search/scaling/rounding.js';
import { scaleArchitecture } from '../../../../search/scaling/scaling.js';
import { loadNetwork } from '../../../run/experiment-file.js';
import { makeConsole, table } from '../../console.js';
import { common, integer, number, numbers } from '../../options/options.js';

interface Options {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number[];
  readonly rounding: keyof typeof roundings;
  readonly resolutionMultiple: number;
  readonly json?: boolean;
}

/** `triscale scale NETWORK`: the networks that coefficients give. */
export function scaleCommand(): Command {
  return new Command('scale')
    .description('show the networks that α, β, γ give at one or more φ, with nominal and realised cost')
    .argument('<network>', 'the baseline: a name from `triscale networks`, or a JSON file')
    .addOption(new Option('--alpha <a>', 'depth grows by α^φ').default(1.2).argParser(number('--alpha', 0.01, 16)))
    .addOption(new Option('--beta <b>', 'width grows by β^φ').default(1.1).argParser(number('--beta', 0.01, 16)))
    .addOption(
      new Option('--gamma <g>', 'resolution grows by γ^φ').default(1.15).argParser(number('--gamma', 0.01, 16)),
    )
    .addOption(
      new Option('--phi <list>', 'comma-separated, any real numbers')
        .default([0, 1, 2, 3], '0,1,2,3')
        .argParser(numbers('--phi', -16, 16)),
    )
    .addOption(new Option('--rounding <name>').choices(Object.keys(roundings)).default('efficientnet'))
    .addOption(new Option('--resolution-multiple <n>').default(1).argParser(integer('--resolution-multiple', 1, 512)))
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale scale efficientnet-b0 --phi -1,0,1,2\n  triscale scale mobilenetv2 --alpha 1.1 --beta 1.2 --gamma 1.1 --phi 0.5,1,1.5 --json\n',
    )
    .action((name: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      const baseline = loadNetwork(name, 'network');
      const baselineMacs = graphCost(expand(baseline)).macs;
      const { alpha, beta, gamma, rounding, resolutionMultiple } = options;
      const rows = options.phi.map((phi) => {
        const by = multipliers({ alpha, beta, gamma, phi });
        const regularisation = regularisationAt(baseline.regularisation, phi);
        const network = scaleArchitecture(baseline, by, { rounding, resolutionMultiple, regularisation });
        const cost = graphCost(expand(network));
        const nominal = nominalProduct({ alpha, beta, gamma }) ** phi;
        return {
          phi,
          multipliers: by,
          resolutionPx: network.resolutionPx,
          ...cost,
          nominal,
          realised: cost.macs / baselineMacs,
          network,
        };
      });
      console.record({ baseline: baseline.name, alpha, beta, gamma, networks: rows });
      console.say(
        `${baseline.title ?? baseline.name}: α ${alpha}, β ${beta}, γ ${gamma}; α·β²·γ² = ${nominalProduct({ alpha, beta, gamma }).toFixed(3)}`,
      );
      console.say(
        table(
          ['φ', 'd', 'w', 'r', 'resolution', 'blocks per stage', 'params', 'macs', 'nominal', 'realised'],
          rows.map((row) => [
            row.phi,
            row.multipliers.depth.toFixed(3),
            row.multipliers.width.toFixed(3),
            row.multipliers.resolution.toFixed(3),
            row.resolutionPx,
            row.network.stages.map(({ repeats }) => repeats).join(' '),
            count(row.params),
            count(row.macs),
            times(row.nominal),
            times(row.realised),
          ]),
        ),
      );
      if (baseline.name === 'efficientnet-b0') {
        console.say(
          '\nThe published B1 to B7 differ, since their authors rounded each by hand. They are presets: triscale cost efficientnet-b1.',
        );
      }
    });
}
