import { setImmediate } from 'node:timers/promises';

/** Lets timers, signals and messages have their turn: training steps are synchronous and would starve them. */
export async function yieldToEvents(): Promise<void> {
  await setImmediate();
}
