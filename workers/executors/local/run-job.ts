import { runSimulated } from '../../trial/simulated.js';
import { type ProcessOptions, runTrial } from '../../trial/spawn.js';
import type { TrialRunner } from './runner.js';

/** How this machine runs a job: training in a child process of its own, simulation in this process, where it costs next to nothing. */
export function jobRunner(options: ProcessOptions): TrialRunner {
  return (job, run) => (job.simulation ? runSimulated(job, run) : runTrial(job, { ...options, ...run }));
}
