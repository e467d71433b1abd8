import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until it holds; fails after `limitMs`. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not so within ${limitMs} ms: ${holds}`);
    await sleep(10);
  }
}
