import os from 'node:os';
import { Command, Option } from 'commander';
import type { DashboardServer } from '../../../../dashboard/server/server.js';
import { InputError } from '../../../../search/base/errors.js';
import { percent, plural } from '../../../../search/base/format.js';
import type { EngineName } from '../../../../search/cost/engine-memory.js';
import type { Retries } from '../../../../search/plan/outcomes.js';
import type { Plan } from '../../../../search/plan/plan.js';
import { planSummary } from '../../../../search/plan/plan-summary.js';
import type { SimulationSpec } from '../../../../search/simulation/simulation.js';
import { cacheFolder } from '../../../../workers/cache-folder.js';
import { coefficientsFile } from '../../../handover/coefficients.js';
import { checkWritable } from '../../../handover/files.js';
import type { SearchEnd, SearchEvent } from '../../../run/coordinator/search-events.js';
import { dataNeeds, dataNeedsText } from '../../../run/data-needs.js';
import type { FarmOptions } from '../../../run/farm.js';
import type { Slots } from '../../../run/fit-search.js';
import { rememberSpeeds } from '../../../run/machine-speed.js';
import type { PreparedData } from '../../../run/prepare-data.js';
import { planRun } from '../../../run/run-plan.js';
import { type Console, makeConsole } from '../../console.js';
import { type ExitWith, Interrupted, interruptible } from '../../ending.js';
import { bar, makeLive } from '../../live.js';
import { logEvent, logFlag, makeLog } from '../../log.js';
import { defaultStore } from '../../open-search.js';
import { addExperimentOptions, type ExperimentOptions, planFromOptions } from '../../options/experiment-options.js';
import { checkEngine, common, integer, memoryFlag } from '../../options/options.js';
import { addPreviewOptions, describePreview, type PreviewFlags, preview } from '../../options/preview-options.js';
import { type FarmServer, farmServer, parseSimulation, retriesFlag } from '../../options/run-options.js';
import { servePageOfRun } from '../../serve-page.js';
import { describePlan } from '../../text/plan-text.js';
import { progressBlock, progressLine } from '../../text/progress-text.js';
import { reportRun } from '../../text/run-report.js';
import { firstNote, sayDataFindings } from '../../training-watch.js';

interface Options extends ExperimentOptions, PreviewFlags {
  readonly store?: string;
  readonly out?: string;
  readonly simulate?: string | true;
  readonly timeLimit?: number;
  readonly redis?: string;
  readonly metrics?: number;
  readonly dashboard?: number;
  readonly gpus?: string;
  readonly memory?: number;
  readonly retries?: Retries;
  readonly log?: string;
  readonly rule?: string;
  readonly json?: boolean;
}

/** `triscale run FILE`: trains the networks of a plan and chooses among them. */
export function runCommand(exitWith: ExitWith): Command {
  return addPreviewOptions(addExperimentOptions(new Command('run')))
    .description('train the networks of an experiment and choose its coefficients; run it again to continue')
    .argument('<file>', 'an experiment file')
    .addOption(common.store())
    .addOption(common.out('file for the coefficients (default: beside the store)'))
    .addOption(common.workers())
    .option('--gpus <list>', 'NVIDIA GPUs by number, such as 0,1; one trial on each')
    .addOption(common.engine())
    .addOption(memoryFlag())
    .addOption(new Option('--time-limit <seconds>', 'time limit of one training').argParser(integer('--time-limit', 1)))
    .addOption(common.rule())
    .option('--redis <url>', 'train on the workers of a farm: redis://host:port, or auto to start a private server')
    .addOption(
      new Option('--metrics <port>', 'serve metrics for Prometheus on 127.0.0.1').argParser(
        integer('--metrics', 0, 65_535),
      ),
    )
    .addOption(
      new Option('--dashboard [port]', 'serve the dashboard while the search runs (default port: 8080)')
        .preset('8080')
        .argParser(integer('--dashboard', 0, 65_535)),
    )
    .addOption(retriesFlag())
    .addOption(logFlag())
    .option('--simulate [json]', 'replace training by a seeded model of accuracy; a search takes seconds')
    .addOption(common.yes())
    .addOption(common.json())
    .addHelpText(
      'after',
      '\nStop with Ctrl-C at any moment; the same command continues: finished trials are kept, unfinished ones resume from their checkpoints.\n\nExamples:\n  triscale run experiments/demo.json\n  triscale run my-search.json --workers 4 --engine wasm\n  triscale run my-search.json --redis redis://10.0.0.5:6379\n  triscale run experiments/paper.json --simulate \'{"seedNoise":0.004}\'\n',
    )
    .action((file: string, options: Options) => run(file, options, exitWith));
}

async function run(file: string, options: Options, exitWith: ExitWith): Promise<void> {
  const console = makeConsole(options.json ?? false);
  const simulation = parseSimulation(options.simulate);
  await checkEngine(options.engine);
  checkGpus(options);
  const planned = await planFromOptions(file, options);
  const store = options.store ?? defaultStore(planned.spec.name, simulation !== null);
  const out = options.out ?? coefficientsFile(store, planned.spec.name);
  await checkWritable(out);
  const server = await farmServer(options.redis, store);
  try {
    const { plan, extendedFrom } = simulation
      ? { plan: planned, extendedFrom: null }
      : await planRun(planned, slotsOf(options, server), store);
    if (extendedFrom !== null) {
      const [revision, original] = [plan.hash, extendedFrom].map((hash) => hash.slice(0, 12));
      console.record({ event: 'extended', hash: plan.hash, from: extendedFrom });
      console.say(`Continuing with plan ${revision}, which triscale extend made from ${original}.\n`);
    }
    await runFitted({ plan, store, out, simulation, server, options, console, exitWith });
  } finally {
    await server?.close();
  }
}

/** A run whose plan is known. */
interface FittedRun extends Omit<Training, 'farm' | 'data'> {
  readonly out: string;
  readonly server: FarmServer | null;
  readonly exitWith: ExitWith;
}

async function runFitted(run: FittedRun): Promise<void> {
  const { plan, store, out, simulation, server, options, console, exitWith } = run;
  console.say(`${describePlan(plan)}\n`);
  if (plan.machine) console.record({ event: 'memory', ...plan.machine, savings: planSummary(plan).savings });
  if (simulation) console.say('Simulated: a model replaces training, and no network is trained.\n');
  const needs = simulation ? null : await dataNeeds(plan);
  if (needs) console.say(`Data: ${dataNeedsText(needs)}.\n`);
  const data = simulation || options.redis !== undefined ? null : await readImages(plan, console);
  if (!simulation) await sayPreview(plan, data?.trainImages ?? needs?.images, data !== null, options, console);
  if (server) console.say(`${server.about}\n`);
  let end: SearchEnd;
  let page: DashboardServer | null = null;
  try {
    if (options.dashboard !== undefined) page = await servePageOfRun(store, options.dashboard, console);
    end = await train({ plan, store, simulation, data, farm: server?.farm ?? null, options, console });
  } finally {
    await page?.close();
  }
  if (end.state === 'stopped') {
    const { completed, failed, cancelled } = end.trials;
    const over = `${completed + failed + cancelled} of ${Object.values(end.trials).reduce((sum, count) => sum + count, 0)} trials finished`;
    throw new Interrupted(`stopped with ${over}; run the same command again to continue`);
  }
  await reportRun({ end, store, out, rule: options.rule, console, exitWith });
}

/** Where the trials will run. */
function slotsOf({ engine = 'auto', workers, gpus, memory }: Options, server: FarmServer | null): Slots {
  return {
    engine,
    workers: workers ?? os.availableParallelism(),
    ...(gpus === undefined ? {} : { gpus: gpus.split(',') }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    farm: server?.farm ?? null,
  };
}

/** `--gpus` sets the number of parallel trials, and means the GPUs of this machine. */
function checkGpus({ gpus, workers, redis }: Options): void {
  if (gpus === undefined) return;
  const refused = workers !== undefined ? '--workers' : redis !== undefined ? '--redis' : null;
  if (refused)
    throw new InputError(
      'bad-value',
      `--gpus cannot be combined with ${refused}; on a farm, give it to triscale worker`,
    );
}

/** Decodes the images that the plan needs and reports those that cannot be used. */
async function readImages(plan: Plan, console: Console): Promise<PreparedData> {
  const { prepareData } = await import('../../../run/prepare-data.js');
  const live = makeLive(console.json ? 'silent' : console.live ? 'terminal' : 'plain');
  const data = await interruptible(async (signal) => {
    const onProgress = (share: number) =>
      live.update(
        () => `${bar(share)} reading images`,
        () => `reading images: ${percent(share)}`,
      );
    try {
      return await prepareData(plan, {
        cacheFolder: cacheFolder(),
        signal,
        onProgress,
        onWarning: firstNote(console, live),
      });
    } catch (error) {
      if (signal.aborted) throw new Interrupted('stopped while reading images; nothing was stored yet');
      throw error;
    }
  }).finally(() => live.end());
  sayDataFindings(data, console);
  if (data.bad.length + data.passedOver.length + data.notes.length > 0) console.say();
  return data;
}

/** Prints the forecast of the run, after a probe of two seconds if this machine has not been measured yet. */
async function sayPreview(
  plan: Plan,
  images: number | undefined,
  mayMeasure: boolean,
  options: Options,
  console: Console,
): Promise<void> {
  // The speed of this machine says nothing about the workers of a farm.
  if (options.redis !== undefined && options.gigaflops === undefined) return;
  let found = await preview(plan, images, options);
  if (!found && mayMeasure) {
    const { probeEngines } = await import('../../../../workers/engine/probe.js');
    console.say('Measuring for two seconds how fast this machine trains …');
    const engines = [(options.engine ?? 'auto') as EngineName | 'auto'];
    const reports = await interruptible((signal) => probeEngines({ engines, signal }));
    await rememberSpeeds(cacheFolder(), reports);
    found = await preview(plan, images, options);
  }
  console.record({ event: 'preview', preview: found });
  console.say(`${describePreview(found)}\n`);
}

interface Training {
  readonly plan: Plan;
  readonly store: string;
  readonly simulation: SimulationSpec | null;
  readonly data: PreparedData | null;
  readonly farm: FarmOptions | null;
  readonly options: Options;
  readonly console: Console;
}

async function train({ plan, store, simulation, data, farm, options, console }: Training): Promise<SearchEnd> {
  const { runSearch } = await import('../../../run/search-run.js');
  const log = await makeLog(options.log, 'run');
  const live = makeLive(console.json || log ? 'silent' : console.live ? 'terminal' : 'plain');
  const labels = new Map(plan.networks.map(({ id, network }) => [id, `${id} ${network.resolutionPx} px`]));
  return interruptible((signal) =>
    runSearch({
      plan,
      simulation,
      storeFile: store,
      datasetDigest: data?.digest ?? null,
      signal,
      ...(farm ? { farm } : {}),
      ...(options.metrics === undefined ? {} : { metrics: { port: options.metrics } }),
      workers: options.workers ?? os.availableParallelism(),
      ...(options.gpus === undefined ? {} : { gpus: options.gpus.split(',') }),
      ...(options.retries === undefined ? {} : { retries: options.retries }),
      cacheFolder: cacheFolder(),
      engine: options.engine ?? 'auto',
      timeLimitMs: options.timeLimit === undefined ? null : options.timeLimit * 1000,
      onEvent: (event) => {
        console.record(event);
        if (log) logEvent(log, event);
        const line = eventLine(event);
        if (line === null) return;
        live.end();
        console.say(line);
      },
      onProgress: (progress) =>
        live.update(
          () => progressBlock(progress, labels),
          () => progressLine(progress),
        ),
    }).finally(() => live.end()),
  );
}

/** An event as a line for people; null for events that the progress display covers. */
function eventLine(event: SearchEvent): string | null {
  switch (event.event) {
    case 'planned':
      if (event.unfinished === 0) return null;
      if (event.unfinished === event.total) return `Training ${plural(event.total, 'trial')}.`;
      return `Continuing: ${event.total - event.unfinished} of ${plural(event.total, 'trial')} have finished.`;
    case 'trial-ended':
      if (event.outcome === 'completed' || event.outcome === 'paused' || event.outcome === 'cancelled') return null;
      return `trial ${event.trialId}: ${event.message.split('\n')[0]}${event.state === 'queued' ? '; it will be retried' : ''}`;
    case 'note':
      return event.message;
    default:
      return null;
  }
}
