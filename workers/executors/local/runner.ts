import { runSimulated } from '../../trial/simulated.js';
import { type ProcessOptions, runTrial } from '../../trial/spawn.js';
import type { TrialRunner } from '../contract.js';

/** How this machine runs a job: training in a child process of its own, simulation in this process, where it costs next to nothing. */
export function jobRunner(options: ProcessOptions): TrialRunner {
  return (job, run) => (job.simulation ? runSimulated(job, run) : runTrial(job, { ...options, ...run }));
}

/**
 * A runner for each of these NVIDIA GPUs, by number or id: its trials see that GPU alone. Without GPUs, `slots` runners that see the whole
 * machine and split each batch over `shards` threads.
 */
export function gpuRunners(cacheFolder: string, gpus: readonly string[], slots: number, shards = 1): TrialRunner[] {
  if (gpus.length === 0) return Array.from({ length: slots }, () => jobRunner({ cacheFolder, shards }));
  return gpus.map((gpu) => jobRunner({ cacheFolder, env: { CUDA_VISIBLE_DEVICES: gpu } }));
}

/** Runs each trial on a runner that has none, such as that of a GPU. Never more trials side by side than there are runners. */
export function oneEach(runners: readonly TrialRunner[]): TrialRunner {
  const free = [...runners].reverse();
  return async (job, options) => {
    const run = free.pop();
    if (!run) throw new Error(`more trials side by side than the ${runners.length} runners`);
    try {
      return await run(job, options);
    } finally {
      free.push(run);
    }
  };
}
