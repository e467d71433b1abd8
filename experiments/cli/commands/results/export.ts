import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { InputError } from '../../../../search/base/errors.js';
import { percent } from '../../../../search/base/format.js';
import { multipliers } from '../../../../search/scaling/coefficients.js';
import { cacheFolder } from '../../../../workers/cache-folder.js';
import { coefficientsExport, coefficientsFile, writeCoefficients } from '../../../handover/coefficients.js';
import { readSearchEvidence, type SearchEvidence } from '../../../handover/evidence.js';
import type { ChosenModel } from '../../../handover/exports/chosen-model.js';
import type { Handover } from '../../../handover/exports/formats.js';
import { checkWritableFolder } from '../../../handover/files.js';
import { type Console, makeConsole, packageVersion } from '../../console.js';
import { type ExitWith, Interrupted, interruptible } from '../../ending.js';
import { makeLive } from '../../live.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { addSearchOptions, checkEngine, common, numbers } from '../../options/options.js';
import { trainingWatch } from '../../training-watch.js';

/** Listed here, since the code that implements them loads TensorFlow.js, and the help text should not. */
const formats = ['coefficients', 'family', 'tfjs', 'keras', 'timm', 'onnx', 'all'] as const;
type Format = (typeof formats)[number];

interface Options extends SearchOptions {
  readonly rule?: string;
  readonly format: Format;
  readonly phi: number[];
  readonly engine?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `triscale export FILE`: the chosen coefficients, their family and the chosen network, each in the forms that people use. */
export function exportCommand(exitWith: ExitWith): Command {
  return addSearchOptions(new Command('export'))
    .description('write the chosen coefficients with provenance, their family, or the trained network')
    .addOption(common.rule())
    .addOption(
      new Option('--format <name>', 'all writes every format, each into its own folder')
        .choices(formats)
        .default('coefficients'),
    )
    .addOption(
      new Option('--phi <list>', 'φ of the family, comma-separated')
        .default([0, 0.5, 1, 2, 3], '0,0.5,1,2,3')
        .argParser(numbers('--phi', -64, 64)),
    )
    .addOption(common.engine())
    .addOption(common.out('file for coefficients, folder for the other formats (default: beside the store)'))
    .addOption(common.json())
    .addHelpText('after', help)
    .action((file: string, options: Options) => run(file, options, exitWith));
}

const help = `
A search does not keep weights: tfjs, keras, timm and onnx train the chosen network again with the seed of its first trial, which on the same
engine gives the same numbers, and test it once. The store counts every reading of the test split, and the export reports the count.
The folder of a \`triscale train\` can also be exported as tfjs, keras, timm or onnx.

Examples:
  triscale export experiments/demo.json
  triscale export runs/demo.sqlite --out coefficients.json
  triscale export experiments/demo.json --format all --out demo-export
  triscale export runs/efficientnet-b0-small-32px --format onnx --out onnx
`;

async function run(file: string, options: Options, exitWith: ExitWith): Promise<void> {
  const console = makeConsole(options.json ?? false);
  await checkEngine(options.engine);
  if (existsSync(path.join(file, 'training.json'))) return exportTraining(file, options, console);
  const read = await withSearch(file, options, (reader, summary) => ({
    evidence: readSearchEvidence(reader, summary, options.rule),
    store: reader.file,
  }));
  const { store } = read;
  let { evidence } = read;
  if (!evidence.selection.choice) {
    exitWith(3);
    console.record({ chosen: null, files: [] });
    console.say('No choice yet: no network of the grid has a finished trial. Nothing was written.');
    return;
  }
  const { format } = options;
  const all = format === 'all';
  const beside = coefficientsFile(store, evidence.summary.name);
  const folder = options.out ?? beside.replace(/\.coefficients\.json$/, '.export');
  if (format !== 'coefficients') await checkWritableFolder(folder);
  const written: string[] = [];
  let chosen: ChosenModel | null = null;
  if (format === 'family' || all) written.push(...(await exportFamily(evidence, store, options.phi, folder)));
  if (isWeights(format) || (all && evidence.summary.simulation === null)) {
    chosen = await trainAgain(evidence, store, options.engine, console);
    const { alpha, beta, gamma, phi } = evidence.selection.choice.coefficients;
    const scaled = { baseline: evidence.plan.baseline, multipliers: multipliers({ alpha, beta, gamma, phi }) };
    written.push(...(await exportWeights(chosen.folder, scaled, format, folder, console)));
    evidence = await withSearch(file, options, (reader, summary) => readSearchEvidence(reader, summary, options.rule));
  }
  if (format === 'coefficients' || all) {
    const target = all ? path.join(folder, 'coefficients.json') : (options.out ?? beside);
    written.push((await writeCoefficients(evidence, target, packageVersion())) as string);
  }
  const record = coefficientsExport(evidence, packageVersion());
  console.record({
    files: written,
    ...(chosen ? { trained: trainedRecord(chosen) } : {}),
    ...record,
  });
  for (const one of written) console.say(`Wrote ${one}`);
  if (chosen) console.say(`\n${trainedWords(chosen)}`);
  console.say(readsWords(evidence));
}

/** Exports a network that was trained outside of any search. */
async function exportTraining(file: string, options: Options, console: Console): Promise<void> {
  const { format } = options;
  if (!isWeights(format) && format !== 'all')
    throw new InputError(
      'bad-value',
      `--format: expected tfjs, keras, timm, onnx or all for a training, got ${format}`,
    );
  const folder = options.out ?? `${file.replace(/\/+$/, '')}.export`;
  await checkWritableFolder(folder);
  const written = await exportWeights(file, null, format, folder, console);
  console.record({ files: written });
  for (const one of written) console.say(`Wrote ${one}`);
}

function isWeights(format: Format): format is Exclude<Format, 'coefficients' | 'family' | 'all'> {
  return format !== 'coefficients' && format !== 'family' && format !== 'all';
}

async function exportFamily(
  evidence: SearchEvidence,
  store: string,
  phis: readonly number[],
  folder: string,
): Promise<string[]> {
  const { readTrainedFamily } = await import('../../../handover/family/plan.js');
  const { familyRecord } = await import('../../../handover/family/record.js');
  const { familyCsv, familyMarkdown } = await import('../../../handover/exports/family-tables.js');
  const { writeFiles } = await import('../../../handover/files.js');
  const family = familyRecord(evidence, phis);
  if (!family) return [];
  const trained = readTrainedFamily(store)?.trained;
  return writeFiles(folder, {
    'family.csv': familyCsv(family, trained),
    'family.md': familyMarkdown(family, trained),
  });
}

async function exportWeights(
  training: string,
  scaled: Handover['scaled'],
  format: Format,
  folder: string,
  console: Console,
): Promise<string[]> {
  const { weightFormats } = await import('../../../handover/exports/formats.js');
  const { readTrainedModel } = await import('../../../handover/exports/trained-model.js');
  const handover = { model: await readTrainedModel(training), training, scaled, version: packageVersion() };
  if (isWeights(format)) return weightFormats[format].write(handover, folder);
  const written: string[] = [];
  for (const [name, { write }] of Object.entries(weightFormats)) {
    try {
      written.push(...(await write(handover, path.join(folder, name))));
    } catch (error) {
      // A network that one format cannot hold is exported in the others.
      if (!(error instanceof InputError)) throw error;
      console.note(`${name} was skipped: ${error.message}`);
    }
  }
  return written;
}

/** Trains the chosen network again, with a progress bar; its epochs are no part of the JSON of an export. */
async function trainAgain(
  evidence: SearchEvidence,
  storeFile: string,
  engine: string | undefined,
  console: Console,
): Promise<ChosenModel> {
  // TensorFlow.js takes a while to load, and the coefficients alone do not need it.
  const { trainChosen } = await import('../../../handover/exports/chosen-model.js');
  const live = makeLive(console.json ? 'silent' : console.live ? 'terminal' : 'plain');
  const screen = { ...console, record: () => undefined };
  const { recipe } = evidence.plan;
  const chosen = await interruptible((signal) =>
    trainChosen(
      evidence,
      { storeFile, cacheFolder: cacheFolder(), ...(engine === undefined ? {} : { engine }) },
      trainingWatch({ console: screen, live, recipe, signal }),
    ),
  ).finally(() => live.end());
  if (!chosen) throw new Interrupted('stopped; run the same command again to continue from the last epoch');
  return chosen;
}

/** The training as JSON. */
function trainedRecord({ trial, trained, isAsStored }: ChosenModel) {
  const { testAccuracy, validationAccuracy, engine, engineVersion, device } = trained;
  return {
    trialId: trial.id,
    seed: trial.seed,
    engine,
    engineVersion,
    device,
    validationAccuracy,
    storedValidationAccuracy: trial.result.validationAccuracy,
    isAsStored,
    testAccuracy,
    testImages: trained.test.images,
  };
}

/** The training in sentences: whether it repeats the stored result, and its test accuracy. */
function trainedWords({ trial, trained, isAsStored }: ChosenModel): string {
  const { engine, engineVersion, validationAccuracy } = trained;
  const stored = isAsStored
    ? 'as in the search'
    : `${percent(trial.result.validationAccuracy)} in the search, on ${trial.result.engine} ${trial.result.engineVersion}`;
  return [
    `Trained with seed ${trial.seed} on ${engine} ${engineVersion}: validation ${percent(validationAccuracy)}, ${stored}.`,
    `Test accuracy ${percent(trained.testAccuracy)} on ${trained.test.images} images.`,
  ].join('\n');
}

/** How often the test split was read. */
function readsWords({ testReads }: SearchEvidence): string {
  const times = testReads.length;
  if (times === 0) return 'The test split was not read.';
  return `The test split was read ${times === 1 ? 'once' : `${times} times`} for this search.`;
}
