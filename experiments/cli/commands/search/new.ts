import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { InputError, show } from '../../../../search/base/errors.js';
import type { DatasetSpec } from '../../../../search/plan/dataset.js';
import { makeConsole } from '../../console.js';
import { addDataRules, type DataRules, dataForm, parseDataOption } from '../../options/experiment-options.js';
import { common } from '../../options/options.js';

/** The limit of the experiment schema. */
const longestName = 60;

/** `triscale new FILE`: an experiment to start from, with comments on everything one would change. */
export function newCommand(): Command {
  const command = new Command('new')
    .description('write an experiment with comments to start from')
    .argument('[file]', 'where to write it', 'experiment.jsonc')
    .option('--data <source>', `${dataForm}; without it the images are drawn by the program`)
    .addOption(common.json());
  return addDataRules(command)
    .addHelpText('after', '\nExamples:\n  triscale new\n  triscale new flowers.jsonc --data ../flowers\n')
    .action(async (file: string, options: DataRules & { data?: string; json?: boolean }) => {
      const console = makeConsole(options.json ?? false);
      const name = path
        .basename(file)
        .replace(/\.[^.]*$/, '')
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, '-')
        .slice(0, longestName);
      if (!/^[a-z0-9]/.test(name)) {
        throw new InputError(
          'bad-value',
          `file: expected a name that starts with a letter or a digit, got ${show(file)}`,
        );
      }
      if (existsSync(file)) throw new InputError('bad-value', `${show(file)} already exists; give another name`);
      const folder = path.dirname(path.resolve(file));
      const data = options.data === undefined ? null : await parseDataOption(placed(options.data), options);
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, template(name, sourceText(data, folder), schemaFrom(folder)), { flag: 'wx' });
      console.record({ files: [file] });
      if (data && 'path' in data && !existsSync(data.path)) console.note(`There is nothing at ${data.path} yet.`);
      console.say(`Wrote ${file}. Next: npx triscale plan ${file}, then npx triscale run ${file}`);
    });
}

/** Where an editor finds the schema of this installation, as seen from a folder; null where it was installed without. */
function schemaFrom(folder: string): string | null {
  const file = fileURLToPath(new URL('../../../../../experiments/experiment.schema.json', import.meta.url));
  return existsSync(file) ? path.relative(folder, file).split(path.sep).join('/') : null;
}

/** A path where nothing is yet is that of a folder to come. */
function placed(data: string): string {
  return data === 'shapes' || data.includes(':') || existsSync(data) ? data : `folder:${data}`;
}

/** The data of an experiment as JSON; a path counts from the experiment's folder. */
function sourceText(data: DatasetSpec | null, folder: string): string {
  if (!data || !('path' in data)) return '{ "source": "shapes", "train": 2400, "validation": 600, "test": 600 }';
  const { seed: _seed, ...fields } = data;
  const place = path.relative(folder, data.path).split(path.sep).join('/') || '.';
  return JSON.stringify({ ...fields, path: place }, null, 1).replace(/\n\s*/g, ' ');
}

function template(name: string, source: string, schema: string | null): string {
  const editor =
    schema === null
      ? ''
      : `  // Lets an editor complete and check this file.\n  "$schema": ${JSON.stringify(schema)},\n\n`;
  return `{
${editor}  // The name of the store and of the export.
  "name": ${JSON.stringify(name)},
  "question": "How should extra compute be shared between depth, width and resolution on these images?",
  "expected": "Write down what you expect before you run it.",

  // A network of \`triscale networks\`, or the path of a JSON file in the same form. The -small profiles are made for 32 to 64 pixels.
  "baseline": "mbconv-tiny",
  "resolutionPx": 32,

  // "shapes" draws its images; "folder", "table", "tar", "parquet", "zip" and "cifar10" read yours: triscale data PATH shows what they find.
  "data": ${source},

  // Every (α, β, γ) on the grid with |α·β²·γ² − product| ≤ tolerance, at this φ.
  "grid": {
    "alpha": { "from": 1, "to": 2, "step": 0.1 },
    "beta": { "from": 1, "to": 1.4, "step": 0.1 },
    "gamma": { "from": 1, "to": 1.4, "step": 0.1 },
    "product": 2,
    "tolerance": 0.2,
    "phi": 1
  },

  // "nearest" rounding and "retarget": true bring every network close to the same realised cost.
  "scaling": { "rounding": "efficientnet", "resolutionMultiple": 1, "retarget": false },

  // Upper limits on the realised network: macs, params, activations, costRatio (to the baseline), memoryBytes.
  "limits": { "costRatio": 3 },

  // Depth-only, width-only and resolution-only networks at the same cost, for comparison.
  "singleDimension": true,

  "training": {
    "epochs": 8,
    "batch": 32,
    "optimizer": "sgd",
    "learningRate": 0.1,
    "warmupEpochs": 1
  },

  // Successive halving, such as { "eta": 3, "firstEpochs": 3, "by": "epochs" }; null trains every network to the end.
  "earlyStopping": null,

  // Every random choice derives from this seed. Replicates train each network again, each with its own seed.
  "seed": 1,
  "replicates": 1,
  // Further trainings for the networks that cannot be told from the best (the tie set), in rounds until it stops shrinking.
  // null: half as many as there are networks in the grid.
  "seedBudget": null
}
`;
}
