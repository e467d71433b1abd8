import type { Executor } from '../../workers/executors/contract.js';

/** An executor that does what another one does, but for what is replaced. */
export function wrapped(inner: Executor, replaced: Partial<Executor>): Executor {
  return {
    name: inner.name,
    start: (handlers) => inner.start(handlers),
    submit: (jobs) => inner.submit(jobs),
    held: () => inner.held(),
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    cancel: (ids) => inner.cancel(ids),
    close: (how) => inner.close(how),
    ...replaced,
  };
}
