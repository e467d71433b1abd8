import { Command, Option } from 'commander';
import { bytes, shortCount as count } from '../../../../search/base/format.js';
import { costTable, graphCost } from '../../../../search/cost/counts.js';
import { type EngineName, engineMemory } from '../../../../search/cost/engine-memory.js';
import { predictMemory } from '../../../../search/cost/memory-model.js';
import { expand } from '../../../../search/network/graph.js';
import { makeConsole, table } from '../../console.js';
import { addNetworkOptions, type NetworkOptions, networkFromOptions } from '../../options/network-options.js';
import { common, integer } from '../../options/options.js';

interface Options extends NetworkOptions {
  readonly batch: number;
  readonly optimizer: 'sgd' | 'rmsprop';
  readonly engine: EngineName;
  readonly layers?: boolean;
  readonly json?: boolean;
}

/** `triscale cost NETWORK`: exact counts without building anything. */
export function costCommand(): Command {
  const command = new Command('cost')
    .description('show exact counts and predicted training memory of a network, without building it')
    .argument('<network>', 'a name from `triscale networks`, or a JSON file')
    .addOption(
      new Option('--batch <n>', 'images per optimiser step').default(32).argParser(integer('--batch', 1, 65_536)),
    )
    .addOption(new Option('--optimizer <name>').choices(['sgd', 'rmsprop']).default('sgd'))
    .addOption(new Option('--engine <name>').choices(Object.keys(engineMemory)).default('wasm'))
    .option('--layers', 'also list every layer')
    .addOption(common.json());
  return addNetworkOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  triscale cost efficientnet-b0\n  triscale cost efficientnet-b5 --resolution 64 --width 0.25 --batch 16\n  triscale cost my-network.json --layers --json\n',
    )
    .action((name: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      const network = networkFromOptions(name, options);
      const graph = expand(network);
      const { macs, params, activations } = graphCost(graph);
      const { batch, optimizer, engine } = options;
      const { peakBytes: predictedPeakBytes } = predictMemory(graph, { batch, optimizer, engine, average: false });
      const layers = options.layers ? costTable(graph) : undefined;
      const { resolutionPx } = network;
      console.record({
        network: network.name,
        resolutionPx,
        params,
        macs,
        activations,
        predictedPeakBytes,
        batch,
        optimizer,
        engine,
        layers,
      });
      if (layers) {
        const rows = layers.map((l) => [
          l.name,
          l.op,
          l.shape.join('×'),
          count(l.params),
          count(l.macs),
          count(l.activations),
        ]);
        console.say(`${table(['layer', 'op', 'output', 'params', 'macs', 'activations'], rows)}\n`);
      }
      console.say(`${network.title ?? network.name} at ${resolutionPx} px, ${network.classes} classes`);
      console.say(
        table(
          ['count', 'exact', 'about'],
          [
            ['params (trainable)', params.toLocaleString('en'), count(params)],
            ['macs (multiply-adds per image)', macs.toLocaleString('en'), count(macs)],
            ['activations (elements per image)', activations.toLocaleString('en'), count(activations)],
          ],
        ),
      );
      console.say(
        `\nPredicted peak memory of training with ${optimizer}, batch ${batch}, on ${engine}: ${bytes(predictedPeakBytes)}`,
      );
    });
}
