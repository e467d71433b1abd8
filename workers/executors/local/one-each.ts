import type { TrialRunner } from './runner.js';

/** Runs each trial on a runner that has none, such as that of a GPU; no more trials side by side than there are runners. */
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
