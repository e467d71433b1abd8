import { spawn } from 'node:child_process';
import { Command, Option } from 'commander';
import { makeConsole } from '../../console.js';
import { interruptible } from '../../ending.js';
import { type SearchOptions, withSearch } from '../../open-search.js';
import { addSearchOptions, common, integer } from '../../options/options.js';
import { servePage } from '../../serve-page.js';

interface Options extends SearchOptions {
  readonly port: number;
  readonly host?: string;
  readonly open?: boolean;
  readonly json?: boolean;
}

/** `triscale dashboard FILE`: serves the page of a store until Ctrl-C. */
export function dashboardCommand(): Command {
  return addSearchOptions(new Command('dashboard'))
    .description('serve the dashboard of a store, also while a search runs; its second URL can control the search')
    .addOption(
      new Option('--port <n>', 'port; 0 takes any free one').default(8080).argParser(integer('--port', 0, 65_535)),
    )
    .option(
      '--host <address>',
      'address to listen on; on any but this machine’s own, the dashboard requires a token',
      '127.0.0.1',
    )
    .option('--open', 'open the dashboard in the browser')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale dashboard experiments/demo.json\n  triscale dashboard runs/demo.sqlite --port 0 --open\n',
    )
    .action(async (file: string, options: Options) => {
      const console = makeConsole(options.json ?? false);
      const store = await withSearch(file, options, (reader) => reader.file);
      await interruptible(async (signal) => {
        const { port, host } = options;
        const server = await servePage({ store, port, ...(host ? { host } : {}) }, console);
        console.say('Ctrl-C stops the server.');
        if (options.open) openBrowser(server.url);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        await server.close();
      });
    });
}

function openBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
  spawn(program, [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
