import { Store } from '../../db/store.js';
import type { Plan } from '../../search/plan/plan.js';
import type { Executor } from '../../workers/executors/contract.js';
import { LocalPool } from '../../workers/executors/local/pool.js';
import { gpuRunners, oneEach } from '../../workers/executors/local/runner.js';
import { slotMemory } from '../../workers/executors/local/slots.js';
import { SearchControl } from '../control/search-control.js';
import { ControlServer } from '../control/socket.js';
import type { CoordinatorOptions } from './coordinator/coordinator.js';
import { Coordinator } from './coordinator/coordinator.js';
import type { Progress } from './coordinator/progress.js';
import type { SearchEnd } from './coordinator/search-events.js';
import { checkFits, type FarmOptions, farmExecutor } from './farm.js';
import { keepHeapLean } from './lean-heap.js';
import { type MetricsAddress, MetricsServer } from './metrics.js';
import { upgradeNote } from './run-store.js';

export interface SearchRunOptions extends Omit<CoordinatorOptions, 'store' | 'executor'> {
  /** The SQLite file; created when it does not exist. */
  readonly storeFile: string;
  /** Trials side by side on this machine; a farm has its own. */
  readonly workers: number;
  /** NVIDIA GPUs of this machine by number or id, one trial on each in the place of `workers`; default: trials see all there are. */
  readonly gpus?: readonly string[];
  /** Where decoded images are kept. */
  readonly cacheFolder: string;
  /** Trains on the workers of a farm instead of this machine. */
  readonly farm?: FarmOptions;
  /** Where figures for Prometheus are served; default nowhere. */
  readonly metrics?: MetricsAddress;
  /** Aborted: running trials are ended, with their checkpoints kept, and the run comes back as `stopped`. */
  readonly signal?: AbortSignal;
  /** How the search stands: four times a second, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
}

const progressMs = 250;

/**
 * Runs a search: opens the store, trains with a pool of child processes or on a farm, takes commands from other terminals, and leaves the
 * store closed whatever happens. Running it again goes on where it ended; a finished search trains nothing. When the plan is extended
 * meanwhile, the larger one is run after it, and its end is what comes back. Throws `bad-store` or `store-busy` before anything is written,
 * and `does-not-fit` for a network that no slot has the memory for.
 */
export async function runSearch(options: SearchRunOptions): Promise<SearchEnd> {
  keepHeapLean(options.plan.trials.length);
  const store = Store.open(options.storeFile);
  const control = new SearchControl(store, options.plan, options.simulation ?? null);
  let server: ControlServer | null = null;
  let metrics: MetricsServer | null = null;
  try {
    const note = upgradeNote(store);
    if (note !== null) options.onEvent?.({ event: 'note', trialId: null, message: note });
    server = await ControlServer.listen(store.file, (command) => control.handle(command));
    metrics = options.metrics ? await MetricsServer.listen(options.metrics) : null;
    for (;;) {
      const end = await runPlan(control.plan, store, control, metrics, options);
      if (end.state === 'stopped' || !control.goOn()) return end;
    }
  } finally {
    await server?.close();
    await metrics?.close();
    store.close();
  }
}

/** A search with fewer trials than workers lets several threads share a trial. By the plan alone, so that going on changes nothing. */
function shardsOf({ trials }: Plan, workers: number): number {
  return Math.max(1, Math.floor(workers / Math.max(1, trials.length)));
}

async function runPlan(
  plan: Plan,
  store: Store,
  control: SearchControl,
  metrics: MetricsServer | null,
  { workers, gpus = [], cacheFolder, farm, signal, onProgress, onEvent, ...options }: SearchRunOptions,
): Promise<SearchEnd> {
  const executor: Executor = farm
    ? await farmExecutor(farm, store, plan, options.simulation ?? null)
    : await localPool(plan, gpus, workers, cacheFolder, options.simulation != null);
  const coordinator = new Coordinator({
    pauseWhenFailing: farm !== undefined,
    ...options,
    plan,
    store,
    executor,
    onEvent: (event) => {
      metrics?.count(event);
      onEvent?.(event);
    },
  });
  control.attach(coordinator);
  metrics?.watch(() => coordinator.progress());
  const stop = (): void => void coordinator.stop('now');
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const showing = setInterval(() => onProgress?.(coordinator.progress()), progressMs);
  try {
    return await coordinator.run();
  } finally {
    clearInterval(showing);
    signal?.removeEventListener('abort', stop);
    control.detach();
    onProgress?.(coordinator.progress());
  }
}

/** Throws `does-not-fit` when a network of a search that is trained needs more memory than a slot has. */
async function localPool(
  plan: Plan,
  gpus: readonly string[],
  workers: number,
  cacheFolder: string,
  isSimulated: boolean,
): Promise<LocalPool> {
  const slots = gpus.length || workers;
  if (!isSimulated) checkFits(plan, [plan.machine?.memoryBytes ?? (await slotMemory(gpus, slots))]);
  return new LocalPool({ slots, run: oneEach(gpuRunners(cacheFolder, gpus, slots, shardsOf(plan, slots))) });
}
