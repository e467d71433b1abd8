import { InputError } from '../../search/base/errors.js';
import type { TrialOutcome } from '../../search/plan/trial.js';

type Failure = Extract<TrialOutcome, { state: 'oom' | 'infeasible' | 'crashed' }>;

/** What engines, V8 and allocators say when memory is short. `Aborted(` is how the WebAssembly backend ends when its heap cannot grow. */
const outOfMemory =
  /\bAborted\(|out of memory|\bOOM\b|allocation failed|bad_alloc|cannot enlarge memory|resource[ _]?exhausted|invalid (typed )?array (buffer )?length/i;

/** The fault lies in the network itself, so that trying again or elsewhere does not help. */
class InfeasibleNetwork extends Error {
  override readonly name = 'InfeasibleNetwork';
}

/** Does something that can only fail for the network's own sake: an `InputError` of it makes the trial infeasible. */
export async function feasibly<T>(build: () => T | Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (error) {
    throw error instanceof InputError ? new InfeasibleNetwork(error.message, { cause: error }) : error;
  }
}

/** An error of a trial as its outcome: `oom`, `infeasible` for a network that cannot be built or does not fit, else `crashed`. */
export function outcomeOfError(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof InfeasibleNetwork) return { state: 'infeasible', message };
  if (error instanceof InputError && error.code === 'does-not-fit') return { state: 'infeasible', message };
  if (saysOutOfMemory(message)) return { state: 'oom', message };
  if (error instanceof InputError) return { state: 'crashed', message };
  return { state: 'crashed', message: error instanceof Error ? (error.stack ?? message) : message };
}

/** Whether an error, or the last words of a process, say that memory was short. */
export function saysOutOfMemory(text: string): boolean {
  return outOfMemory.test(text);
}
