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

/** `triscale verify EXPORT`: whether exported coefficients agree with the store. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('recompute exported coefficients from their store and compare every digit')
    .argument('<export>', 'a file written by `triscale export`')
    .requiredOption('--store <file>', 'the SQLite store of the search')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nIf anything differs, the exit code is 2 and the message names the field.\n\nExamples:\n  triscale verify runs/demo.coefficients.json --store runs/demo.sqlite\n',
    )
    .action((file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      const reader = StoreReader.open(options.store);
      try {
        const { summary, otherVersion, difference } = verifyExport(readJson(file), reader, packageVersion());
        if (otherVersion !== null)
          console.note(`note: ${file} was written by version ${otherVersion}; this is version ${packageVersion()}`);
        if (difference) {
          const { field, expected, got } = difference;
          throw new InputError('bad-value', `${field}: expected ${show(expected)} as in the store, got ${show(got)}`);
        }
        console.record({ verified: true, file, store: reader.file, hash: summary.hash });
        console.say(`${file} agrees with search ${summary.name} ${summary.hash.slice(0, 12)} in ${reader.file}.`);
      } finally {
        reader.close();
      }
    });
}
