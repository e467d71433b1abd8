import { bytes } from '../../../search/base/format.js';
import { countedMemory } from '../../../search/cost/data.js';
import { isEngineName } from '../../../search/cost/engine-memory.js';
import { memoryOptions, predictMemory } from '../../../search/cost/memory-model.js';
import { type Fit, leastSaving, type Saving, savingWords } from '../../../search/cost/saving.js';
import { expand } from '../../../search/network/graph.js';
import type { TrialJob } from '../contract.js';
import type { DataFacts, LocalData } from './local-data.js';
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
 * Which trials a worker takes: those whose engine it has, whose predicted memory, that of the images included, fits into a slot and whose data it holds, with the content
 * that the search began with. The job is given the places of this machine. A simulated trial needs nothing.
 */
export function admission({ data, engine, memoryBytes, checkpointFolder }: AdmissionOptions): Admit {
  return async (job, agree) => {
    const own = { ...job, checkpointFolder: checkpointFolder(job.trialId) };
    if (job.simulation) return { job: own };
    if (job.engine !== 'auto' && job.engine !== engine)
      return { refused: `engine: this worker has ${engine}, but the search asks for ${job.engine}` };
    const limitBytes = memoryBytes ?? Number.POSITIVE_INFINITY;
    const { saving, peakBytes } = fitHere(job, engine, limitBytes);
    if (peakBytes > limitBytes)
      return {
        refused: `memory: a slot of this worker has ${bytes(limitBytes)}, the trial needs ${[bytes(peakBytes), savingWords(saving)].filter(Boolean).join(' ')}`,
      };
    const dataset = data.locate(job.dataset);
    if (!dataset) return { refused: `data: not found on this worker at ${data.places(job.dataset)}` };
    let facts: DataFacts;
    try {
      facts = await data.facts(dataset);
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error) };
    }
    const { digest } = facts;
    const wanted = job.datasetDigest ?? (await agree(digest));
    if (wanted !== digest)
      return {
        refused: `data: this worker's copy has the digest ${short(digest)}, the search trains on ${short(wanted)}`,
      };
    const images = imageMemory(job, facts);
    if (peakBytes + images > limitBytes)
      return {
        refused: `memory: a slot of this worker has ${bytes(limitBytes)}, the trial needs ${bytes(peakBytes)} and its images ${bytes(images)}`,
      };
    return { job: { ...own, dataset, datasetDigest: digest, engine, saving } };
  };
}

/**
 * How a trial is trained here: as planned, and with its blocks computed once more where it does not fit otherwise, which changes no number.
 * A network that cannot be built needs nothing: its trial is to say so.
 */
function fitHere({ network, recipe, saving: asked }: TrialJob, engine: string, limitBytes: number): Fit {
  const name = isEngineName(engine) ? engine : 'wasm';
  try {
    const graph = expand(network);
    const options = memoryOptions(recipe, name);
    const peakOf = (saving: Saving): number => predictMemory(graph, { ...options, ...saving }).peakBytes;
    return leastSaving(peakOf, recipe.batch, { limitBytes, allowed: 'recompute', asked });
  } catch {
    return { saving: asked, peakBytes: 0 };
  }
}

/** Bytes that the images of a trial take beside its network. */
function imageMemory({ network, recipe }: TrialJob, { counts }: DataFacts): number {
  const { resolutionPx } = network;
  const of = (images: number) => countedMemory({ images, resolutionPx, batch: recipe.batch });
  return of(counts.train) + of(counts.validation);
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
