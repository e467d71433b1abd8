import { Command } from 'commander';
import { coefficientsExport } from '../../coefficients-export.js';
import { coefficientsFile, writeCoefficients } from '../../coefficients-file.js';
import { readSearchEvidence } from '../../evidence.js';
import { makeConsole } from '../console.js';
import type { ExitWith } from '../exit-code.js';
import { type SearchOptions, withSearch } from '../open-search.js';
import { common } from '../options.js';
import { addSearchOptions } from '../search-options.js';
import { packageVersion } from '../version.js';

interface Options extends SearchOptions {
  readonly rule: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `triscale export FILE`: the chosen coefficients with their provenance. */
export function exportCommand(exitWith: ExitWith): Command {
  return addSearchOptions(new Command('export'))
    .description('write the chosen coefficients with their provenance, as JSON')
    .addOption(common.rule())
    .addOption(common.out('where to write it (default: beside the store)'))
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale export experiments/demo.json\n  triscale export runs/demo.sqlite --out coefficients.json\n',
    )
    .action(async (file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      const { evidence, store } = await withSearch(file, options, (reader, summary) => ({
        evidence: readSearchEvidence(reader, summary, options.rule),
        store: reader.file,
      }));
      const target = options.out ?? coefficientsFile(store, evidence.summary.name);
      const written = await writeCoefficients(evidence, target, packageVersion());
      if (written === null) {
        exitWith(3);
        console.record({ export: null });
        console.say('No choice: no network of the grid has a finished trial, so nothing was written.');
        return;
      }
      console.record({ export: written, ...coefficientsExport(evidence, packageVersion()) });
      console.say(`Wrote ${written}`);
    });
}
