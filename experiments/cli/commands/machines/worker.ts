import { Command, Option } from 'commander';
import { InputError } from '../../../../search/base/errors.js';
import { bytes, duration, plural } from '../../../../search/base/format.js';
import { describeOutcome } from '../../../../search/plan/outcomes.js';
import { cacheFolder } from '../../../../workers/cache-folder.js';
import type { KnownWorker } from '../../../../workers/executors/farm/registry.js';
import { makeConsole, table } from '../../console.js';
import { interruptible } from '../../ending.js';
import { logFlag, makeLog } from '../../log.js';
import { checkEngine, common, integer } from '../../options/options.js';

const redisFlag = () =>
  new Option('--redis <url>', 'redis://host:port (or set TRISCALE_REDIS, which may include the password)');

async function addressOf(flag: string | undefined) {
  const { redisAddress } = await import('../../../../workers/executors/farm/address.js');
  const address = redisAddress(flag, process.env);
  if (address) return address;
  throw new InputError(
    'bad-value',
    '--redis: expected the address of the farm’s Redis, here or in TRISCALE_REDIS, got none',
  );
}

interface WorkerOptions {
  readonly redis?: string;
  readonly slots?: number;
  readonly gpus?: string;
  readonly engine?: string;
  readonly data?: string;
  readonly checkpoints?: string;
  readonly log?: string;
  readonly json?: boolean;
}

/** `triscale worker`: trains trials of a farm on this machine until it is stopped. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('join a farm and train its trials until Ctrl-C; running trials then continue on other workers')
    .addOption(redisFlag())
    .addOption(
      new Option('--slots <n>', 'trials to run in parallel (default: 1, or one per GPU)').argParser(
        integer('--slots', 1, 256),
      ),
    )
    .option('--gpus <list>', 'NVIDIA GPUs by number, such as 0,1; one trial on each')
    .addOption(common.engine())
    .option('--data <folders>', 'comma-separated folders to look for datasets in, by the last part of their path')
    .option('--checkpoints <folder>', 'a folder that all workers share (default: this machine’s cache)')
    .addOption(logFlag())
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nExamples:\n  triscale worker --redis redis://10.0.0.5:6379 --data /srv/datasets\n  TRISCALE_REDIS=rediss://user:secret@farm triscale worker --gpus 0,1\n',
    )
    .action(async (options: WorkerOptions) => {
      const console = makeConsole(options.json ?? false);
      const log = await makeLog(options.log, 'worker');
      const note = (message: string): void => (log ? log.warn(message) : console.note(message));
      const address = await addressOf(options.redis);
      await checkEngine(options.engine);
      const { startWorker } = await import('../../../../workers/executors/farm/start-worker.js');
      await interruptible(async (signal) => {
        const worker = await startWorker({
          address,
          cacheFolder: cacheFolder(),
          engine: options.engine ?? 'auto',
          ...(options.slots === undefined ? {} : { slots: options.slots }),
          ...(options.gpus === undefined ? {} : { gpus: options.gpus.split(',') }),
          ...(options.data === undefined ? {} : { dataFolders: options.data.split(',') }),
          ...(options.checkpoints === undefined ? {} : { checkpointFolder: options.checkpoints }),
          onNote: note,
          onResult: ({ trialId, attempt, outcome }) => {
            const ended = { event: 'trial-ended', trialId, attempt, outcome: outcome.state };
            console.record(ended);
            log?.info(ended, `trial ${trialId}: ${describeOutcome(outcome)}`);
            console.say(`trial ${trialId}: ${outcome.state}`);
          },
          onQuarantine: (reason) => note(`this worker is in quarantine and gets no further trials: ${reason}`),
        });
        const { id, engine, device, slots, memoryBytes } = worker;
        const joined = { event: 'joined', id, engine, device, slots, memoryBytes };
        console.record(joined);
        log?.info(joined, `joined as ${id}`);
        console.say(
          `Joined as ${id}: ${plural(slots, 'slot')} of ${bytes(memoryBytes)}, ${engine} on ${device}. Ctrl-C to leave.`,
        );
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          else signal.addEventListener('abort', () => resolve(), { once: true });
        });
        await worker.close();
        log?.info({ event: 'left', id }, 'left the farm');
        console.say('Left the farm.');
      });
    });
}

/** The speed of a worker over all of its trials; empty until one has reported. */
function imagesPerSecond({ running }: KnownWorker): string {
  const known = running.flatMap(({ imagesPerSecond: speed }) => (speed === null ? [] : [speed]));
  return known.length === 0 ? '' : known.reduce((sum, speed) => sum + speed, 0).toFixed(0);
}

/** `triscale workers`: the workers of a farm. */
export function workersCommand(): Command {
  return new Command('workers')
    .description('list the workers of a farm: host, engine, device, trials, speed, last heartbeat')
    .addOption(redisFlag())
    .addOption(common.json())
    .addHelpText('after', '\nExamples:\n  triscale workers --redis redis://10.0.0.5:6379\n  triscale workers --json\n')
    .action(async ({ redis, json }: { redis?: string; json?: boolean }) => {
      const console = makeConsole(json ?? false);
      const { listWorkers } = await import('../../../../workers/executors/farm/registry.js');
      const workers = await listWorkers(await addressOf(redis));
      console.record(workers);
      if (workers.length === 0)
        return console.say('No worker has joined. Start one on any host with `triscale worker --redis …`.');
      const rows = workers.map((worker) => [
        worker.id,
        worker.host,
        worker.engine,
        worker.device,
        `${worker.running.length}/${worker.slots}`,
        worker.running.map(({ trialId }) => trialId).join(' '),
        imagesPerSecond(worker),
        `${duration(worker.silentMs)} ago`,
        worker.quarantine === null ? (worker.refusals.at(-1) ?? '') : `quarantine: ${worker.quarantine}`,
      ]);
      const heads = ['worker', 'host', 'engine', 'device', 'busy', 'trials', 'images/s', 'last seen', 'remarks'];
      console.say(table(heads, rows));
    });
}
