import path from 'node:path';
import { InputError, lookup } from '../../../search/base/errors.js';
import { type EngineName, engineNames } from '../../../search/cost/engine-memory.js';
import { probeEngines } from '../../engine/probe.js';
import { gpuRunners } from '../local/runner.js';
import { slotMemory } from '../local/slots.js';
import type { RedisAddress } from './address.js';
import { admission } from './admission.js';
import { LocalData } from './local-data.js';
import type { FarmClocks } from './settings.js';
import { FarmWorker, type FarmWorkerOptions } from './worker.js';
import { WorkerCheckpoints } from './worker-checkpoints.js';

export interface StartWorkerOptions {
  readonly address: RedisAddress;
  readonly namespace?: string;
  /** Trials side by side; default 1, or one for each GPU. */
  readonly slots?: number;
  /** NVIDIA GPUs by number or id, one trial on each. */
  readonly gpus?: readonly string[];
  /** Name of an engine, or `auto` for the fastest that works here. */
  readonly engine?: string;
  /** Where decoded images are kept and, unless they are shared, checkpoints. */
  readonly cacheFolder: string;
  /** A folder that all workers of the farm see, so that each can go on from another's checkpoints. */
  readonly checkpointFolder?: string;
  /** Folders in which datasets are looked for by the last part of their path. */
  readonly dataFolders?: readonly string[];
  /** Of one slot; default what the machine or the GPU has. */
  readonly memoryBytes?: number;
  readonly clocks?: Partial<FarmClocks>;
  readonly onNote?: FarmWorkerOptions['onNote'];
  readonly onResult?: FarmWorkerOptions['onResult'];
  readonly onQuarantine?: FarmWorkerOptions['onQuarantine'];
}

/** A worker that takes trials until it is closed. */
export interface StartedWorker {
  readonly id: string;
  readonly engine: string;
  readonly device: string;
  readonly slots: number;
  readonly memoryBytes: number;
  /** Gives back what runs, and leaves the farm. */
  close(): Promise<void>;
}

/**
 * Joins a farm: tries the engine, says what this machine has, and takes trials. Throws an `InputError` for an engine, a GPU or a server
 * that is not there.
 */
export async function startWorker(options: StartWorkerOptions): Promise<StartedWorker> {
  const { address, cacheFolder, gpus = [], onNote, onQuarantine, onResult, namespace, clocks } = options;
  const slots = options.slots ?? Math.max(1, gpus.length);
  if (gpus.length > 0 && slots !== gpus.length)
    throw new InputError('bad-value', `--slots: expected one for each of ${gpus.length} GPUs, got ${slots}`);
  const engine = await workingEngine(options.engine ?? 'auto');
  const memoryBytes = options.memoryBytes ?? (await slotMemory(gpus, slots));
  const checkpoints = new WorkerCheckpoints(options.checkpointFolder ?? path.join(cacheFolder, 'checkpoints'));
  await checkpoints.open();
  const worker = new FarmWorker({
    address,
    engine,
    memoryBytes,
    slots: gpuRunners(cacheFolder, gpus, slots),
    admit: admission({
      data: new LocalData(cacheFolder, options.dataFolders),
      engine: engine.name,
      memoryBytes,
      checkpointFolder: (trialId) => checkpoints.folderOf(trialId),
    }),
    onResult: (result) => {
      checkpoints.ended(result);
      onResult?.(result);
    },
    ...(namespace === undefined ? {} : { namespace }),
    ...(clocks === undefined ? {} : { clocks }),
    ...(onNote === undefined ? {} : { onNote }),
    ...(onQuarantine === undefined ? {} : { onQuarantine }),
  });
  await worker.start();
  const { name, device } = engine;
  return {
    id: worker.id,
    engine: name,
    device,
    slots,
    memoryBytes,
    close: async () => {
      await worker.close();
      await checkpoints.close();
    },
  };
}

/** The engine that will train, tried in a process of its own; `auto` is what `loadEngine` takes on this machine. */
async function workingEngine(wanted: string): Promise<{ name: EngineName; version: string; device: string }> {
  const known = Object.fromEntries(['auto' as const, ...engineNames].map((name) => [name, name]));
  const [report] = await probeEngines({ engines: [lookup(known, wanted, '--engine')] });
  if (report?.works) return { name: report.engine, version: report.version, device: report.device };
  throw new InputError(
    'missing-part',
    `--engine ${wanted} does not work here: ${report?.reason ?? 'it could not be tried'}`,
  );
}
