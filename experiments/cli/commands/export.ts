import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { choiceRules } from '../../../search/evidence/choice.js';
import { coefficientsExport } from '../../coefficients-export.js';
import { readSearchEvidence, type SearchEvidence } from '../../evidence.js';
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
    .addOption(
      new Option('--rule <name>', 'how to choose among the tied')
        .choices(Object.keys(choiceRules))
        .default('fewest-activations'),
    )
    .addOption(common.out('where to write it (default: beside the store)'))
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale export experiments/demo.json\n  triscale export runs/demo.sqlite --out coefficients.json\n',
    )
    .action((file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      withSearch(file, options, (reader, summary) => {
        const evidence = readSearchEvidence(reader, summary, options.rule);
        const written = writeCoefficients(evidence, options.out ?? coefficientsFile(reader.file));
        if (written === null) {
          exitWith(3);
          console.record({ export: null });
          console.say('No choice: no network of the grid has a finished trial, so nothing was written.');
          return;
        }
        console.record({ export: written, ...coefficientsExport(evidence, packageVersion()) });
        console.say(`Wrote ${written}`);
      });
    });
}

/** Where the coefficients of a store are written unless `--out` says otherwise. */
export function coefficientsFile(store: string): string {
  return store.replace(/(\.sqlite3?|\.db)?$/i, '.coefficients.json');
}

/** Writes the chosen coefficients, whole or not at all; null without a choice. */
export function writeCoefficients(evidence: SearchEvidence, file: string): string | null {
  const record = coefficientsExport(evidence, packageVersion());
  if (!record) return null;
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(temporary, file);
  return file;
}
