import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Command, Option } from 'commander';
import { InputError } from '../../../../search/base/errors.js';
import { bytes, shortCount as count, percent, plural } from '../../../../search/base/format.js';
import { parse } from '../../../../search/base/parse.js';
import { graphCost } from '../../../../search/cost/counts.js';
import { isEngineName } from '../../../../search/cost/engine-memory.js';
import { memoryOptions, predictMemory } from '../../../../search/cost/memory-model.js';
import { expand } from '../../../../search/network/graph.js';
import { type Recipe, recipeSchema } from '../../../../search/plan/recipe.js';
import { cacheFolder } from '../../../../workers/cache-folder.js';
import { sourceOf } from '../../../../workers/data/sources/index.js';
import { checkWritableFolder } from '../../../handover/files.js';
import { makeConsole, table } from '../../console.js';
import { Interrupted, interruptible } from '../../ending.js';
import { makeLive } from '../../live.js';
import { addDataRules, type DataRules, dataForm, parseDataOption } from '../../options/experiment-options.js';
import { addNetworkOptions, type NetworkOptions, networkFromOptions } from '../../options/network-options.js';
import { common, integer, number } from '../../options/options.js';
import { trainingWatch } from '../../training-watch.js';

interface Options extends NetworkOptions, DataRules {
  readonly data: string;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly optimizer: string;
  readonly emaDecay: number;
  readonly residualGamma: number;
  readonly weightDecay: number;
  readonly seed?: number;
  readonly engine?: string;
  readonly out?: string;
  readonly shards?: number;
  readonly microBatches?: number;
  readonly recompute?: boolean;
  readonly json?: boolean;
}

/** The defaults of an experiment file hold here, too. */
const standard = recipeSchema.parse({});

/** `triscale train NETWORK`: trains and tests one network of the catalogue on the user's images and writes the model. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description('train and test one network, and write it as a TensorFlow.js model')
    .argument('<network>', 'a name from `triscale networks`, or a JSON file')
    .requiredOption('--data <source>', dataForm)
    .addOption(new Option('--epochs <n>').default(standard.epochs).argParser(integer('--epochs', 1, 10_000)))
    .addOption(
      new Option('--batch <n>', 'images per step').default(standard.batch).argParser(integer('--batch', 1, 65_536)),
    )
    .addOption(
      new Option('--learning-rate <x>', 'peak learning rate, after warm-up')
        .default(standard.learningRate)
        .argParser(number('--learning-rate', 1e-9, 100)),
    )
    .addOption(new Option('--optimizer <name>').choices(['sgd', 'rmsprop']).default(standard.optimizer))
    .addOption(new Option('--weight-decay <x>').default(standard.weightDecay).argParser(number('--weight-decay', 0, 1)))
    .addOption(
      new Option('--ema-decay <x>', 'decay of the moving average of the weights; 0 for none')
        .default(standard.emaDecay)
        .argParser(number('--ema-decay', 0, 0.99999)),
    )
    .addOption(
      new Option(
        '--residual-gamma <x>',
        'initial gain of residual branches; below 1 helps deep networks on short schedules',
      )
        .default(standard.residualGamma)
        .argParser(number('--residual-gamma', 0, 1)),
    )
    .addOption(common.seed())
    .addOption(common.engine())
    .addOption(
      new Option(
        '--shards <n>',
        'threads that share each batch on wasm (default: one per core, while each has at least 8 images and enough work)',
      ).argParser(integer('--shards', 1, 1024)),
    )
    .addOption(
      new Option(
        '--micro-batches <n>',
        'parts of each batch to train one after the other, which saves memory (default: as few as fit)',
      ).argParser(integer('--micro-batches', 1, 65_536)),
    )
    .option(
      '--recompute',
      'recompute activations inside blocks in the backward pass (default: only where memory requires it)',
    )
    .addOption(common.out('folder of the model (default: runs/<network>-<resolution>px)'))
    .addOption(common.json());
  return addNetworkOptions(addDataRules(command))
    .addHelpText(
      'after',
      '\nExamples:\n  triscale train efficientnet-b0-small --data shapes --epochs 10\n  triscale train efficientnet-b5 --data folder:cat-dog --resolution 64 --width 0.25 --epochs 30 --batch 32 --learning-rate 0.02 --residual-gamma 0.1\n',
    )
    .action(run);
}

async function run(name: string, options: Options): Promise<void> {
  // TensorFlow.js takes a while to load, and no other command needs it.
  const { trainNetwork } = await import('../../../run/train-network.js');
  const console = makeConsole(options.json ?? false);
  const dataset = await parseDataOption(options.data, options);
  const classes = options.classes ?? (await sourceOf(dataset).classes(dataset));
  const network = networkFromOptions(name, { ...options, ...(classes === undefined ? {} : { classes }) });
  const recipe: Recipe = parse(
    recipeSchema,
    {
      epochs: options.epochs,
      batch: options.batch,
      learningRate: options.learningRate,
      optimizer: options.optimizer,
      weightDecay: options.weightDecay,
      emaDecay: options.emaDecay,
      residualGamma: options.residualGamma,
      warmupEpochs: Math.min(2, options.epochs / 10),
    },
    'training',
  );
  const engine = options.engine ?? 'auto';
  const { shards = null, microBatches = null, recompute = false } = options;
  const wishes = { shards, microBatches, recompute };
  // A native engine takes its threads from here when it is loaded.
  process.env.TRISCALE_THREADS ??= String(shards ?? availableParallelism());
  const outFolder = path.resolve(options.out ?? `runs/${network.name}-${network.resolutionPx}px`);
  await checkWritableFolder(outFolder);
  const graph = expand(network);
  const cost = graphCost(graph);
  const { peakBytes } = predictMemory(graph, memoryOptions(recipe, isEngineName(engine) ? engine : 'wasm'));
  console.say(
    `${network.title ?? network.name} at ${network.resolutionPx} px, ${network.classes} classes: ${count(cost.params)} params, ${count(cost.macs)} macs per image`,
  );
  console.say(`Predicted peak memory of training: ${bytes(peakBytes)} at batch ${recipe.batch}.`);

  const live = makeLive(options.json ? 'silent' : console.live ? 'terminal' : 'plain');
  const trained = await interruptible((signal) =>
    trainNetwork(
      { network, recipe, dataset, seed: options.seed ?? 1, engine, wishes, outFolder, cacheFolder: cacheFolder() },
      trainingWatch({ console, live, recipe, signal }),
    ),
  );
  live.end();
  if (trained.state === 'cancelled')
    throw new Interrupted(`stopped; run the same command again to continue from the last epoch`);
  if (trained.state === 'diverged') {
    throw new InputError(
      'bad-value',
      `training diverged in epoch ${trained.atEpoch}: the loss is not finite. If the data are sound, try a lower --learning-rate than ${recipe.learningRate}, such as ${recipe.learningRate / 4}`,
    );
  }
  const { test, epochs, ...rest } = trained;
  const balance = classBalance(test.confusion);
  console.record({ event: 'finished', ...rest, epochs: epochs.length, confusion: test.confusion, ...balance });
  console.say();
  if (!test.confusionCells) console.say(classTable(trained.classes, test.confusion));
  console.say(
    `\nTest accuracy ${percent(trained.testAccuracy)} on ${test.images} images (validation ${percent(trained.validationAccuracy)}), ${trained.imagesPerSecond.toFixed(0)} images/s, peak ${bytes(trained.peakBytes)}`,
  );
  const sentence = balanceText(trained.testAccuracy, balance, trained.classes);
  if (sentence !== null) console.say(sentence);
  console.say(`Engine ${trained.engine} ${trained.engineVersion} on ${trained.device}`);
  console.say(`Model ${path.relative('.', trained.model)}`);
}

/** How an accuracy compares with what the sizes of the classes give. */
export interface ClassBalance {
  /** Mean of the shares that are right in each class. */
  readonly balancedAccuracy: number;
  /** Share of the images that always answering the largest class gets right. */
  readonly largestShare: number;
  /** Index of that class. */
  readonly largest: number;
}

/** From confusion[truth][predicted]; null where it is empty. Classes without an image do not count. */
export function classBalance(confusion: readonly (readonly number[])[]): ClassBalance | null {
  const totals = confusion.map((row) => row.reduce((sum, n) => sum + n, 0));
  const images = totals.reduce((sum, n) => sum + n, 0);
  if (images === 0) return null;
  const shares = confusion.flatMap((row, i) => (totals[i] ? [(row[i] ?? 0) / (totals[i] as number)] : []));
  const most = Math.max(...totals);
  const balancedAccuracy = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return { balancedAccuracy, largestShare: most / images, largest: totals.indexOf(most) };
}

/** A sentence where the largest class is most of the images, or where the network is no better than answering it always. */
export function balanceText(accuracy: number, balance: ClassBalance | null, classes: readonly string[]): string | null {
  if (!balance) return null;
  const { balancedAccuracy, largestShare, largest } = balance;
  const isNoBetter = accuracy <= largestShare;
  // As the warning about the data has it (workers/data/checks.ts).
  const isUnequal = largestShare >= 0.5 && largestShare >= 1.5 / classes.length;
  if (!isNoBetter && !isUnequal) return null;
  const always = `always answering "${classes[largest]}" gives ${percent(largestShare)}`;
  const verdict = isNoBetter ? ', and this network is no better' : '';
  return `Balanced accuracy ${percent(balancedAccuracy)}, the mean over the classes; ${always}${verdict}.`;
}

/** The most classes that a terminal shows usefully. */
const mostRows = 30;

/**
 * How many images of each class are right, from counts by class and by what the images were taken for. Of more classes than a terminal
 * shows, those with the smallest share, in the order of the classes.
 */
export function classTable(classes: readonly string[], confusion: readonly (readonly number[])[]): string {
  const rows = classes.map((label, i) => {
    const counts = confusion[i] ?? [];
    const total = counts.reduce((sum, n) => sum + n, 0);
    return { label, total, share: total > 0 ? (counts[i] ?? 0) / total : null };
  });
  const worst = new Set(rows.toSorted((a, b) => (a.share ?? 1) - (b.share ?? 1)).slice(0, mostRows));
  const text = table(
    ['class', 'test images', 'right'],
    rows
      .filter((row) => worst.has(row))
      .map(({ label, total, share }) => [label, total, share === null ? '' : percent(share)]),
  );
  const left = rows.length - worst.size;
  return left > 0 ? `${text}\n… and ${plural(left, 'class', 'classes')} that did as well or better` : text;
}
