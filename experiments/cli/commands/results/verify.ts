import { Command } from 'commander';
import { StoreReader } from '../../../../db/reader.js';
import { InputError, show } from '../../../../search/base/errors.js';
import { verifyExport } from '../../../handover/verify.js';
import { readJson } from '../../../run/experiment-file.js';
import { makeConsole, packageVersion } from '../../console.js';
import { common } from '../../options/options.js';

interface Options {
  readonly store: string;
  readonly json?: boolean;
}

/** `triscale verify EXPORT`: whether exported coefficients are what the store gives. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('choose again from a store and compare exported coefficients with it, to the last digit')
    .argument('<export>', 'a file of `triscale export`')
    .requiredOption('--store <file>', 'the SQLite store of the search')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExit code 2, and a sentence that names the field, where anything differs.\n\nExamples:\n  triscale verify runs/demo.coefficients.json --store runs/demo.sqlite\n',
    )
    .action((file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      const reader = StoreReader.open(options.store);
      try {
        const { summary, otherVersion, difference } = verifyExport(readJson(file), reader, packageVersion());
        if (otherVersion !== null)
          console.note(`note: ${file} was written by version ${otherVersion}, this is ${packageVersion()}`);
        if (difference) {
          const { field, expected, got } = difference;
          throw new InputError('bad-value', `${field}: expected ${show(expected)} by the store, got ${show(got)}`);
        }
        console.record({ verified: true, file, store: reader.file, hash: summary.hash });
        console.say(`${file} is what search ${summary.name} ${summary.hash.slice(0, 12)} of ${reader.file} gives.`);
      } finally {
        reader.close();
      }
    });
}
