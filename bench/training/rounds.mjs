/**
 * The program of one competitor in the bench: takes training steps whenever it is told to, so that rounds of several competitors can take
 * turns on a machine whose speed wavers. It says `{ready}` with what it is, then answers each line of standard input, a number of
 * milliseconds, with `{images, seconds, processorSeconds, peakBytes}`, and ends with its input.
 */
import { createInterface } from 'node:readline';

/** Peak of the resident memory of this process, bytes. */
export function residentPeakBytes() {
  return process.resourceUsage().maxRSS * 1024;
}

/** `step` takes one step on `batch` images and waits for it; `about` goes into the results. */
export async function answerRounds({ about, batch, step }) {
  say({ ready: true, ...about });
  for await (const line of createInterface({ input: process.stdin })) {
    const leastMs = Number(line);
    const begun = performance.now();
    const usage = process.cpuUsage();
    let steps = 0;
    let elapsedMs = 0;
    while (steps === 0 || elapsedMs < leastMs) {
      await step();
      steps++;
      elapsedMs = performance.now() - begun;
    }
    const { user, system } = process.cpuUsage(usage);
    const processorSeconds = (user + system) / 1e6;
    say({ images: steps * batch, seconds: elapsedMs / 1000, processorSeconds, peakBytes: residentPeakBytes() });
  }
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
