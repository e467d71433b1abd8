import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { cacheFolder } from '../../../../workers/cache-folder.js';
import { checkWritable } from '../../../handover/files.js';
import { makeConsole } from '../../console.js';
import { bar, makeLive } from '../../live.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { addSearchOptions, common } from '../../options/options.js';

interface Options extends SearchOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** `triscale report FILE`: a search as one HTML file that needs no server and no internet access. */
export function reportCommand(): Command {
  return addSearchOptions(new Command('report'))
    .description('write a search as one HTML file that needs no server and no internet access')
    .addOption(common.out('HTML file to write (default: beside the store)'))
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale report experiments/demo.json\n  triscale report runs/demo.sqlite --out demo.html\n',
    )
    .action(async (file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      const { renderReport } = await import('../../../../dashboard/report.js');
      const { validationPictures } = await import('../../../handover/validation-pictures.js');
      const { writeAtomically } = await import('../../../../workers/atomic-file.js');
      const { store, id } = await withSearch(file, options, (reader, summary) => ({
        store: reader.file,
        id: summary.id,
      }));
      const out = options.out ?? store.replace(/(\.sqlite3?|\.db)?$/i, '.html');
      await checkWritable(out);
      await mkdir(path.dirname(path.resolve(out)), { recursive: true });
      const live = makeLive(console.live ? 'terminal' : 'silent');
      live.update(
        () => `Reading ${store} …`,
        () => '',
      );
      const html = await renderReport({
        store,
        searchId: id,
        pictures: validationPictures(cacheFolder()),
        onProgress: (share) =>
          live.update(
            () => `Packing ${bar(share)}`,
            () => '',
          ),
      });
      live.end();
      await writeAtomically(out, (handle) => handle.writeFile(html));
      console.record({ files: [out] });
      console.say(`Wrote ${out}`);
    });
}
