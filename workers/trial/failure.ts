import { InputError } from '../../search/errors.js';
import type { TrialOutcome } from '../../search/trial.js';

type Failure = Extract<TrialOutcome, { state: 'oom' | 'infeasible' | 'crashed' }>;

/** What engines, V8 and allocators say when memory is short. `Aborted(` is how the WebAssembly backend ends when its heap cannot grow. */
const outOfMemory =
  /\bAborted\(|out of memory|\bOOM\b|allocation failed|bad_alloc|cannot enlarge memory|resource[ _]?exhausted|invalid (typed )?array (buffer )?length/i;

/** An error of a trial as its outcome: `oom`, `infeasible` for a network that this program cannot build or that does not fit, else `crashed`. */
export function outcomeOfError(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof InputError && infeasible.has(error.code)) return { state: 'infeasible', message };
  if (outOfMemory.test(message)) return { state: 'oom', message };
  if (error instanceof InputError) return { state: 'crashed', message };
  return { state: 'crashed', message: error instanceof Error ? (error.stack ?? message) : message };
}

/** Whether the last words of a process say that memory was short. */
export function saysOutOfMemory(text: string): boolean {
  return outOfMemory.test(text);
}

/** The faults that lie in the network itself, so that trying again or elsewhere does not help. */
const infeasible: ReadonlySet<InputError['code']> = new Set([
  'bad-value',
  'unknown-name',
  'unknown-key',
  'does-not-fit',
]);
