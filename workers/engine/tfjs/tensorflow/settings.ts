import { InputError, show } from '../../../../search/base/errors.js';

/**
 * TensorFlow reads its settings from the environment, once, while its library is loaded. What the user has set stays.
 * Threads: `TRISCALE_THREADS`, by default one, since a worker is one of many processes.
 */
export function applySettings(env: NodeJS.ProcessEnv = process.env): void {
  const threads = String(threadCount(env));
  for (const [name, value] of Object.entries({
    // Of one operation; operations are run one after the other in any case.
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: '1',
    // Takes GPU memory as it is needed rather than all at once, so that workers may share a GPU and its use can be measured.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    // Warnings and errors only: a child's standard error is kept for what went wrong.
    TF_CPP_MIN_LOG_LEVEL: '1',
  }))
    env[name] ??= value;
}

/** Threads that TensorFlow may compute with in this process; an `InputError` names a `TRISCALE_THREADS` that is no count. */
function threadCount(env: NodeJS.ProcessEnv): number {
  const threads = Number(env.TRISCALE_THREADS ?? 1);
  if (!Number.isInteger(threads) || threads < 1)
    throw new InputError('bad-value', `TRISCALE_THREADS: expected an integer ≥ 1, got ${show(env.TRISCALE_THREADS)}`);
  return threads;
}
