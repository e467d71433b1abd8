import { jobRunner } from './run-job.js';
import type { TrialRunner } from './runner.js';

/**
 * A runner for each of these NVIDIA GPUs, by number or id: its trials see that one alone. Without GPUs, `slots` that see all there is and
 * split each batch over `shards` threads.
 */
export function gpuRunners(cacheFolder: string, gpus: readonly string[], slots: number, shards = 1): TrialRunner[] {
  if (gpus.length === 0) return Array.from({ length: slots }, () => jobRunner({ cacheFolder, shards }));
  return gpus.map((gpu) => jobRunner({ cacheFolder, env: { CUDA_VISIBLE_DEVICES: gpu } }));
}
