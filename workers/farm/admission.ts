import { engineMemory, type MemoryEngine } from '../../search/engine-memory.js';
import { expand } from '../../search/graph.js';
import { memoryOptions, predictMemory } from '../../search/memory.js';
import type { TrialJob } from '../contract.js';
import type { LocalData } from './local-data.js';
import type { Admit } from './worker.js';

export interface AdmissionOptions {
  readonly data: LocalData;
  /** The engine of this worker, which a trial that asks for `auto` is given. */
  readonly engine: string;
  /** Of one slot; null for no limit. */
  readonly memoryBytes: number | null;
  /** Where the checkpoint of a trial lies for this worker. */
  readonly checkpointFolder: (trialId: string) => string;
}

/**
 * Which trials a worker takes: those whose engine it has, whose predicted memory fits into a slot and whose data it holds, with the content
 * that the search began with. The job is given the places of this machine. A simulated trial needs nothing.
 */
export function admission({ data, engine, memoryBytes, checkpointFolder }: AdmissionOptions): Admit {
  return async (job, agree) => {
    const own = { ...job, checkpointFolder: checkpointFolder(job.trialId) };
    if (job.simulation) return { job: own };
    if (job.engine !== 'auto' && job.engine !== engine)
      return { refused: `engine: this worker trains with ${engine}, the search asks for ${job.engine}` };
    const needed = neededBytes(job, engine);
    if (memoryBytes !== null && needed > memoryBytes)
      return {
        refused: `memory: a slot of this worker has ${mebibytes(memoryBytes)}, the trial needs ${mebibytes(needed)}`,
      };
    const dataset = data.locate(job.dataset);
    if (!dataset) return { refused: `data: this worker has nothing at ${data.places(job.dataset)}` };
    let digest: string;
    try {
      digest = await data.digest(dataset);
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error) };
    }
    const wanted = job.datasetDigest ?? (await agree(digest));
    if (wanted !== digest)
      return {
        refused: `data: this worker's copy has the digest ${short(digest)}, the search trains on ${short(wanted)}`,
      };
    return { job: { ...own, dataset, datasetDigest: digest, engine } };
  };
}

/** Predicted peak of a trial, bytes; 0 for a network that cannot be built, which its trial is to say. */
function neededBytes({ network, recipe }: TrialJob, engine: string): number {
  const name: MemoryEngine = Object.hasOwn(engineMemory, engine) ? (engine as MemoryEngine) : 'wasm';
  try {
    return predictMemory(expand(network), memoryOptions(recipe, name)).peakBytes;
  } catch {
    return 0;
  }
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
