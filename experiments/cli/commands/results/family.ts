import os from 'node:os';
import { Command, Option } from 'commander';
import { plural } from '../../../../search/base/format.js';
import { cacheFolder } from '../../../../workers/cache-folder.js';
import { readSearchEvidence, type SearchEvidence } from '../../../handover/evidence.js';
import type { Trained } from '../../../handover/exports/family-tables.js';
import { type Comparison, compareFamily, compareInWords } from '../../../handover/family/compare.js';
import { familyPlan, familyStore, readTrainedFamily } from '../../../handover/family/plan.js';
import { type FamilyRecord, familyRecord } from '../../../handover/family/record.js';
import { machineMemory } from '../../../run/fit-search.js';
import { type Console, makeConsole } from '../../console.js';
import { type ExitWith, Interrupted, interruptible } from '../../ending.js';
import { makeLive } from '../../live.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { addSearchOptions, checkEngine, common, integer, numbers } from '../../options/options.js';
import { describePublished, familyCurves, familyTable } from '../../text/family-text.js';
import { progressBlock, progressLine } from '../../text/progress-text.js';

interface Options extends SearchOptions {
  readonly rule?: string;
  readonly phi: number[];
  readonly train?: boolean;
  readonly seeds: number;
  readonly workers?: number;
  readonly engine?: string;
  readonly json?: boolean;
}

/** `triscale family FILE`: the networks of the chosen coefficients at any φ, beside others of the same cost. */
export function familyCommand(exitWith: ExitWith): Command {
  return addSearchOptions(new Command('family'))
    .description(
      'show the networks of the chosen coefficients at any φ, beside single dimensions and the fast rule at equal cost',
    )
    .addOption(common.rule())
    .addOption(
      new Option('--phi <list>', 'comma-separated, any real numbers')
        .default([0, 0.5, 1, 2], '0,0.5,1,2')
        .argParser(numbers('--phi', -64, 64)),
    )
    .option('--train', 'train all of them with the recipe of the search and compare their accuracies')
    .addOption(new Option('--seeds <n>', 'trainings of each network').default(1).argParser(integer('--seeds', 1, 100)))
    .addOption(common.workers())
    .addOption(common.engine())
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nTrainings are stored beside the search, in <store>.family.sqlite; the same command continues where it was stopped. `triscale report` draws the\ncurves, and `triscale export --format family` includes the accuracies.\n\nExamples:\n  triscale family experiments/demo.json --phi 0,0.5,1,2\n  triscale family runs/demo.sqlite --phi 1,2 --train --seeds 3\n',
    )
    .action((file: string, options: Options) => run(file, options, exitWith));
}

async function run(file: string, options: Options, exitWith: ExitWith): Promise<void> {
  const console = makeConsole(options.json ?? false);
  await checkEngine(options.engine);
  const { evidence, store } = await withSearch(file, options, (reader, summary) => ({
    evidence: readSearchEvidence(reader, summary, options.rule),
    store: reader.file,
  }));
  const family = familyRecord(evidence, options.train ? [...new Set([0, ...options.phi])] : options.phi);
  if (!family) {
    exitWith(3);
    console.record({ chosen: null });
    console.say('No choice yet: no network of the grid has a finished trial, so there is no family.');
    return;
  }
  if (family.simulated) console.say('Simulated: no network was trained.');
  const { alpha, beta, gamma } = family.chosen;
  console.say(`α = ${alpha}, β = ${beta}, γ = ${gamma} on ${family.baseline}`);
  if (!options.train) {
    console.record(family);
    console.say(familyTable(family));
    sayPublished(family, console);
    return;
  }
  console.say(`${familyTable(family)}\n`);
  const found = await trainFamily(evidence, family, store, options, console);
  console.record({ event: 'finished', ...family, ...found, trained: Object.fromEntries(found.trained) });
  console.say(`\nAccuracy against cost\n${familyCurves(family, found.trained)}\n`);
  for (const sentence of compareInWords(found.comparisons)) console.say(sentence);
  sayPublished(family, console);
  console.say(`\nStore   ${found.store}`);
}

interface ComparedFamily {
  readonly trained: Trained;
  readonly comparisons: readonly Comparison[];
  readonly store: string;
}

async function trainFamily(
  { plan: parent, summary }: SearchEvidence,
  family: FamilyRecord,
  searchStore: string,
  { seeds, workers, engine }: Options,
  console: Console,
): Promise<ComparedFamily> {
  const { runSearch } = await import('../../../run/search-run.js');
  const slots = { engine: engine ?? 'auto', workers: workers ?? os.availableParallelism() };
  const plain = familyPlan(parent, family, seeds, null);
  const plan = summary.simulation ? plain : familyPlan(parent, family, seeds, await machineMemory(plain, slots));
  const storeFile = familyStore(searchStore);
  const live = makeLive(console.json ? 'silent' : console.live ? 'terminal' : 'plain');
  const ruleOf = new Map(family.rows.map(({ networkId, rule, phi }) => [networkId, `${rule} φ ${phi}`]));
  const end = await interruptible((signal) =>
    runSearch({
      plan,
      simulation: summary.simulation,
      storeFile,
      signal,
      workers: workers ?? os.availableParallelism(),
      cacheFolder: cacheFolder(),
      engine: engine ?? 'auto',
      onEvent: (event) => console.record(event),
      onProgress: (progress) =>
        live.update(
          () => progressBlock(progress, ruleOf),
          () => progressLine(progress),
        ),
    }),
  ).finally(() => live.end());
  if (end.state === 'stopped') throw new Interrupted('stopped; run the same command again to continue');
  if (end.trials.failed > 0)
    console.note(`${plural(end.trials.failed, 'training')} failed; triscale status ${storeFile} shows why`);
  const found = readTrainedFamily(searchStore, end.searchId);
  if (!found) throw new Error(`search ${end.searchId} is not in its store`);
  const { trained, noise, store } = found;
  return { trained, comparisons: compareFamily(family, trained, noise), store };
}

function sayPublished(family: FamilyRecord, console: Console): void {
  const text = describePublished(family);
  if (text !== '') console.say(text);
}
