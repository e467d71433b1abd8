import { Command, Option } from 'commander';
import { bytes } from '../../../../search/base/format.js';
import type { Form } from '../../../../workers/engine/tfjs/tensorflow/build.js';
import { makeConsole, table } from '../../console.js';
import { Interrupted, interruptible } from '../../ending.js';
import { bar, makeLive } from '../../live.js';
import { common } from '../../options/options.js';

/** `triscale engine install|list|remove`: builds of native TensorFlow in the user's cache folder. */
export function engineCommand(): Command {
  return new Command('engine')
    .description("install, list or remove builds of native TensorFlow in the user's cache folder")
    .addCommand(installCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale engine install tensorflow\n  triscale engine install tensorflow --gpu\n  triscale engine list\n  triscale engine remove --gpu\n',
    );
}

interface Options {
  readonly gpu?: boolean;
  readonly json?: boolean;
}

const formOf = ({ gpu }: Options): Form => (gpu ? 'gpu' : 'cpu');

function installCommand(): Command {
  return new Command('install')
    .description("build TensorFlow.js's Node binding against a current TensorFlow; continues an interrupted build")
    .addArgument(engineArgument())
    .option('--gpu', 'with CUDA')
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale engine install tensorflow\n  triscale engine install tensorflow --gpu\n',
    )
    .action(async (_engine: string, options: Options) => {
      const { installTensorflow } = await import('../../../../workers/engine/tfjs/tensorflow/install/install.js');
      const console = makeConsole(options.json ?? false);
      const live = makeLive(console.json ? 'silent' : console.live ? 'terminal' : 'plain');
      const installed = await interruptible(async (signal) => {
        try {
          return await installTensorflow({
            form: formOf(options),
            signal,
            onProgress: ({ step, steps, title, bytes: size }) => {
              const line = `step ${step} of ${steps}: ${title} (${bytes(size)})`;
              live.update(
                () => `${bar((step - 1) / steps)} ${line}`,
                () => line,
              );
            },
          });
        } catch (error) {
          if (signal.aborted) throw new Interrupted('stopped; run the same command again to continue');
          throw error;
        } finally {
          live.end();
        }
      });
      console.record(installed);
      console.say(`Installed and tested: ${installed.folder}`);
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('list the installed builds')
    .addOption(common.json())
    .addHelpText('after', '\nExamples:\n  triscale engine list\n  triscale engine list --json\n')
    .action(async ({ json }: Options) => {
      const { listInstalled } = await import('../../../../workers/engine/tfjs/tensorflow/install/list.js');
      const console = makeConsole(json ?? false);
      const installed = await listInstalled();
      console.record(installed);
      if (installed.length === 0)
        console.say('No build is installed. `triscale engine install tensorflow` builds one in about two minutes.');
      else
        console.say(
          table(
            ['engine', 'version', 'state', 'size', 'folder'],
            installed.map((i) => [`tensorflow (${i.form})`, i.version, i.state, bytes(i.bytes), i.folder]),
          ),
        );
    });
}

function removeCommand(): Command {
  return new Command('remove')
    .description('remove installed builds: all, or one kind')
    .addOption(new Option('--gpu', 'only the build with CUDA').conflicts('cpu'))
    .addOption(new Option('--cpu', 'only the build without CUDA'))
    .addOption(common.json())
    .addHelpText('after', '\nExamples:\n  triscale engine remove\n  triscale engine remove --gpu\n')
    .action(async ({ gpu, cpu, json }: Options & { readonly cpu?: boolean }) => {
      const { removeInstalled } = await import('../../../../workers/engine/tfjs/tensorflow/install/list.js');
      const console = makeConsole(json ?? false);
      const removed = await removeInstalled(gpu ? { form: 'gpu' } : cpu ? { form: 'cpu' } : {});
      console.record(removed);
      console.say(
        removed.length === 0 ? 'Nothing was installed.' : `Removed ${removed.map(({ folder }) => folder).join(', ')}`,
      );
    });
}

function engineArgument() {
  return new Command().createArgument('<engine>', 'tensorflow').choices(['tensorflow']);
}
