import { Command, Option } from 'commander';
import { percent, plural } from '../../../../search/base/format.js';
import { cacheFolder } from '../../../../workers/cache-folder.js';
import type { DataDescription } from '../../../../workers/data/describe.js';
import { type Console, makeConsole, table } from '../../console.js';
import type { ExitWith } from '../../ending.js';
import { bar, makeLive } from '../../live.js';
import { addDataRules, type DataRules, dataForm, parseDataOption } from '../../options/experiment-options.js';
import { common, integer } from '../../options/options.js';
import { firstNote, passedOverText } from '../../training-watch.js';

interface Options extends DataRules {
  readonly out?: string;
  readonly samples: number;
  readonly json?: boolean;
}

/** Classes that are listed, and that stand on a contact sheet; the JSON has all. */
const mostClasses = 50;

/** `triscale data PATH`: what the program understands of some images, before anything is planned. */
export function dataCommand(exitWith: ExitWith): Command {
  const command = new Command('data')
    .description('what is in a dataset: splits, classes, sizes, formats, duplicates, and what is passed over')
    .argument('<path>', dataForm)
    .addOption(common.out('writes a contact sheet with samples of each class: a file that ends with .html or .png'))
    .addOption(
      new Option('--samples <n>', 'samples of each class on the contact sheet')
        .default(8)
        .argParser(integer('--samples', 1, 100)),
    )
    .addOption(common.json());
  return addDataRules(command)
    .addHelpText(
      'after',
      '\nExamples:\n  triscale data photos\n  triscale data photos --out samples.html\n  triscale data photos --split train=2022+2023,test=2024 --json\n',
    )
    .action((place: string, options: Options) => run(place, options, exitWith));
}

async function run(place: string, options: Options, exitWith: ExitWith): Promise<void> {
  const console = makeConsole(options.json ?? false);
  const spec = await parseDataOption(place, options, 'path');
  const { describeData } = await import('../../../../workers/data/describe.js');
  const live = makeLive(options.json ? 'silent' : console.live ? 'terminal' : 'plain');
  const { description, samples } = await describeData(spec, {
    cacheFolder: cacheFolder(),
    onWarning: firstNote(console, live),
    onProgress: (share) =>
      live.update(
        () => `Reading images ${bar(share)} ${percent(share)}`,
        () => `reading images: ${percent(share)}`,
      ),
  }).finally(() => live.end());
  const { problem, ...rest } = description;
  console.record({ source: spec.source, ...rest, ...(problem === null ? {} : { problem }) });
  describe(description, console);
  if (options.out !== undefined) {
    const { samplePx, writeContactSheet } = await import('../../../handover/contact-sheet.js');
    const limits = { classes: mostClasses, each: options.samples, sidePx: samplePx };
    await writeContactSheet(options.out, await samples(limits));
    console.say(`\nContact sheet ${options.out}`);
  }
  if (problem === null) return;
  exitWith(2);
  console.note(`\nThese data cannot be trained on: ${problem}`);
}

function describe(data: DataDescription, console: Console): void {
  const { train, validation, test } = data.splits;
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
  console.say(`${plural(data.images, 'image')} of ${plural(data.classes.length, 'class', 'classes')}`);
  const listed = data.classes.slice(0, mostClasses);
  const rows = listed.map((name) => [name, train[name] ?? 0, validation[name] ?? 0, test[name] ?? 0]);
  console.say(
    table(['class', 'train', 'validation', 'test'], [...rows, ['all', sum(train), sum(validation), sum(test)]]),
  );
  if (data.classes.length > listed.length) console.say(`and ${data.classes.length - listed.length} more classes`);
  console.say();
  const formats = Object.entries(data.formats).map(([name, count]) => `${count} ${name}`);
  if (formats.length > 0) console.say(`Formats      ${formats.join(', ')}`);
  if (data.sizes) {
    const { smallest, median, largest } = data.sizes;
    const [from, middle, to] = [smallest, median, largest].map(([width, height]) => `${width}×${height}`);
    console.say(`Sizes        ${from} to ${to} px, median ${middle}`);
  }
  const { acrossSplits, acrossClasses, copies } = data.duplicates;
  console.say(`Duplicates   ${copies} (${acrossSplits} across splits, ${acrossClasses} across classes)`);
  for (const entry of data.passedOver) console.say(`Passed over  ${passedOverText(entry)}`);
  if (data.notes.length > 0) console.say();
  for (const note of data.notes) console.say(note);
}
