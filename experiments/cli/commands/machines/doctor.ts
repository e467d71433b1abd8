import os from 'node:os';
import { Command, Option } from 'commander';
import { bytes } from '../../../../search/base/format.js';
import { type EngineName, engineNames } from '../../../../search/cost/engine-memory.js';
import { cacheFolder } from '../../../../workers/cache-folder.js';
import { rememberSpeeds } from '../../../run/machine-speed.js';
import { makeConsole, table } from '../../console.js';
import { interruptible } from '../../ending.js';
import { makeLive } from '../../live.js';
import { common } from '../../options/options.js';

/** `triscale doctor`: the engines that work here, their speed, and what is missing for the others. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('list the engines that work here with their speed, and what is missing for the others')
    .addOption(new Option('--engine <name>', 'test this engine only'))
    .addOption(common.json())
    .addHelpText('after', '\nExamples:\n  triscale doctor\n  triscale doctor --engine wasm --json\n')
    .action(async ({ engine, json }: { engine?: EngineName; json?: boolean }) => {
      const { probeEngines } = await import('../../../../workers/engine/probe.js');
      const { lookup } = await import('../../../../search/base/errors.js');
      if (engine !== undefined) lookup(Object.fromEntries(engineNames.map((name) => [name, name])), engine, '--engine');
      const console = makeConsole(json ?? false);
      const machine = {
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        cpu: os.cpus()[0]?.model ?? 'unknown',
        cores: os.availableParallelism(),
        memoryBytes: os.totalmem(),
      };
      console.say(
        `Node ${machine.node} on ${machine.platform}, ${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)}`,
      );
      const live = makeLive(console.json ? 'silent' : console.live ? 'terminal' : 'plain');
      const text = 'Training a small network for two seconds on each engine …';
      live.update(
        () => text,
        () => text,
      );
      const reports = await interruptible((signal) =>
        probeEngines({ signal, ...(engine ? { engines: [engine] } : {}) }),
      ).finally(() => live.end());
      await rememberSpeeds(cacheFolder(), reports);
      const { cacheUse } = await import('../../../../workers/data/loader/cache-room.js');
      const cache = { folder: cacheFolder(), ...(await cacheUse(cacheFolder())) };
      console.record({ ...machine, cache, engines: reports });
      const rows = reports.map((report) =>
        report.works
          ? [
              report.engine,
              'works',
              report.imagesPerSecond < 1 ? '< 1' : report.imagesPerSecond.toFixed(0),
              report.gigaflops.toFixed(1),
              report.version,
              report.device,
            ]
          : [report.engine, 'missing', '', '', '', report.reason],
      );
      console.say(table(['engine', '', 'images/s', 'GFLOP/s', 'version', 'device or missing part'], rows));
      console.say(
        `\nDecoded images take ${bytes(cache.usedBytes)} of at most ${bytes(cache.budgetBytes)} in ${cache.folder} (${bytes(cache.freeBytes)} free; TRISCALE_CACHE_BYTES sets the limit)`,
      );
    });
}
