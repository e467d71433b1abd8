import os from 'node:os';
import { Command, Option } from 'commander';
import { StoreReader } from '../../../db/reader.js';
import { InputError } from '../../../search/errors.js';
import { choiceRules } from '../../../search/evidence/choice.js';
import { parse } from '../../../search/parse.js';
import type { Plan } from '../../../search/plan.js';
import { type SimulationSpec, simulationSchema } from '../../../search/simulation.js';
import { cacheFolder } from '../../../workers/cache-folder.js';
import { readSearchEvidence } from '../../evidence.js';
import { prepareData } from '../../prepare-data.js';
import type { SearchEnd, SearchEvent } from '../../search-events.js';
import { runSearch } from '../../search-run.js';
import { type Console, makeConsole } from '../console.js';
import type { ExitWith } from '../exit-code.js';
import { addExperimentOptions, type ExperimentOptions, planFromOptions } from '../experiment-options.js';
import { percent, plural } from '../format.js';
import { Interrupted, interruptible } from '../interrupt.js';
import { bar, makeLive } from '../live.js';
import { defaultStore } from '../open-search.js';
import { common, integer } from '../options.js';
import { describePlan } from '../plan-text.js';
import { progressBlock, progressLine } from '../progress-text.js';
import { describeChoice, describeTrials, networkTable } from '../search-text.js';
import { coefficientsFile, writeCoefficients } from './export.js';

interface Options extends ExperimentOptions {
  readonly store?: string;
  readonly out?: string;
  readonly workers?: number;
  readonly engine?: string;
  readonly simulate?: string | true;
  readonly timeLimit?: number;
  readonly rule: string;
  readonly json?: boolean;
}

/** `triscale run FILE`: trains what the plan holds, and chooses. */
export function runCommand(exitWith: ExitWith): Command {
  return addExperimentOptions(new Command('run'))
    .description('train the networks of an experiment and choose its coefficients; run again to go on')
    .argument('<file>', 'an experiment file')
    .addOption(common.store())
    .addOption(common.out('where the coefficients are written (default: beside the store)'))
    .addOption(common.workers())
    .addOption(common.engine())
    .addOption(new Option('--time-limit <seconds>', 'of one training').argParser(integer('--time-limit', 1)))
    .addOption(
      new Option('--rule <name>', 'how to choose among the tied')
        .choices(Object.keys(choiceRules))
        .default('fewest-activations'),
    )
    .option('--simulate [json]', 'put a seeded accuracy model in the place of training; a search in seconds')
    .addOption(common.yes())
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nStop with Ctrl-C at any moment; the same command goes on: finished trials stay, unfinished ones resume from their checkpoints.\n\nExamples:\n  triscale run experiments/demo.json\n  triscale run my-search.json --workers 4 --engine wasm\n  triscale run experiments/paper.json --simulate \'{"seedNoise":0.004}\'\n',
    )
    .action((file: string, options: Options) => run(file, options, exitWith));
}

async function run(file: string, options: Options, exitWith: ExitWith): Promise<void> {
  const console = makeConsole(options.json ?? false);
  const simulation = parseSimulation(options.simulate);
  const plan = await planFromOptions(file, options);
  const storeFile = options.store ?? defaultStore(plan.spec.name, simulation !== null);
  console.say(`${describePlan(plan)}\n`);
  if (simulation) console.say('Simulated: a model takes the place of training, and no network is trained.\n');
  else await readImages(plan, console);
  const end = await train(plan, storeFile, simulation, options, console);
  if (end.state === 'stopped') {
    const { completed, failed, cancelled } = end.trials;
    throw new Interrupted(
      `stopped with ${completed + failed + cancelled} of ${plan.trials.length} trials over; triscale run ${file} goes on`,
    );
  }
  report(end, storeFile, options, console, exitWith);
}

/** Decodes the images that the plan needs, and says which of them cannot be used. */
async function readImages(plan: Plan, console: Console): Promise<void> {
  const live = makeLive(console.json ? 'silent' : console.live ? 'terminal' : 'plain');
  const { bad } = await interruptible((signal) =>
    prepareData(plan, {
      cacheFolder: cacheFolder(),
      signal,
      onProgress: (share) =>
        live.update(
          () => `${bar(share)} reading images`,
          () => `reading images: ${percent(share)}`,
        ),
    }),
  ).finally(() => live.end());
  const [first] = bad;
  if (!first) return;
  console.record({ event: 'bad-images', count: bad.length, images: bad.slice(0, 100) });
  console.say(
    `${plural(bad.length, 'image')} cannot be used and ${bad.length === 1 ? 'is' : 'are'} left out, such as ${first.path}: ${first.reason}\n`,
  );
}

function train(
  plan: Plan,
  storeFile: string,
  simulation: SimulationSpec | null,
  options: Options,
  console: Console,
): Promise<SearchEnd> {
  const live = makeLive(console.json ? 'silent' : console.live ? 'terminal' : 'plain');
  const labels = new Map(plan.networks.map(({ id, network }) => [id, `${id} ${network.resolutionPx} px`]));
  return interruptible(async (signal) => {
    try {
      return await runSearch({
        plan,
        simulation,
        storeFile,
        signal,
        workers: options.workers ?? os.availableParallelism(),
        cacheFolder: cacheFolder(),
        engine: options.engine ?? 'auto',
        timeLimitMs: options.timeLimit === undefined ? null : options.timeLimit * 1000,
        onEvent: (event) => {
          console.record(event);
          const line = eventLine(event);
          if (line === null) return;
          live.end();
          console.say(line);
        },
        onProgress: (progress) =>
          live.update(
            () => progressBlock(progress, labels),
            () => progressLine(progress),
          ),
      });
    } finally {
      live.end();
    }
  });
}

/** An event as a line for people; null for what the progress shows already. */
function eventLine(event: SearchEvent): string | null {
  switch (event.event) {
    case 'planned':
      if (event.unfinished === 0) return null;
      if (event.unfinished === event.total) return `Training ${plural(event.total, 'trial')}.`;
      return `Going on: ${event.total - event.unfinished} of ${plural(event.total, 'trial')} are over.`;
    case 'trial-ended':
      if (event.outcome === 'completed' || event.outcome === 'cancelled') return null;
      return `trial ${event.trialId}: ${event.message.split('\n')[0]}${event.state === 'queued' ? '; it is tried again' : ''}`;
    case 'note':
      return event.message;
    default:
      return null;
  }
}

function report(end: SearchEnd, storeFile: string, options: Options, console: Console, exitWith: ExitWith): void {
  const reader = StoreReader.open(storeFile);
  try {
    const summary = reader.searches().find(({ id }) => id === end.searchId);
    if (!summary) throw new Error(`search ${end.searchId} is not in its store`);
    const evidence = readSearchEvidence(reader, summary, options.rule);
    const { selection } = evidence;
    const written = writeCoefficients(evidence, options.out ?? coefficientsFile(storeFile));
    if (!written) exitWith(3);
    console.record({
      event: 'finished',
      trials: end.trials,
      trainedNow: end.endedNow,
      simulated: summary.simulation !== null,
      chosen: selection.choice?.coefficients ?? null,
      tieSet: selection.tieSet,
      store: storeFile,
      export: written,
    });
    if (end.endedNow === 0) console.say('The search is complete; nothing was trained.\n');
    console.say(networkTable(evidence, 20));
    console.say(`\n${describeChoice(evidence)}`);
    if (summary.simulation) console.say('Simulated: no network was trained.');
    console.say(`\nTrials  ${describeTrials(end.trials)}`);
    console.say(`Store   ${storeFile}`);
    if (written) console.say(`Export  ${written}`);
  } finally {
    reader.close();
  }
}

function parseSimulation(option: string | true | undefined): SimulationSpec | null {
  if (option === undefined) return null;
  let value: unknown = {};
  if (option !== true) {
    try {
      value = JSON.parse(option);
    } catch (cause) {
      throw new InputError('bad-value', `--simulate: expected JSON such as {"seedNoise":0.004}, got ${option}`, {
        cause,
      });
    }
  }
  return parse(simulationSchema, value, '--simulate');
}
