import type { Progress } from '../progress.js';
import { duration, percent, timeLeftText } from './format.js';
import { bar } from './live.js';

/** The state of a search as lines that are redrawn: trials done, time, the best so far, and each running trial. */
export function progressBlock(progress: Progress, labels: ReadonlyMap<string, string>): string {
  const label = (networkId: string) => labels.get(networkId) ?? networkId;
  const { best } = progress;
  return [
    `${bar(over(progress) / progress.total)} ${progressLine(progress)}`,
    ...(best ? [`best ${percent(best.validationAccuracy)}  ${label(best.networkId)}`] : []),
    ...progress.running.map((trial) => {
      const accuracy = trial.validationAccuracy === null ? '' : `  ${percent(trial.validationAccuracy)}`;
      const speed = trial.imagesPerSecond === null ? '' : `  ${trial.imagesPerSecond.toFixed(0)} images/s`;
      return `  ${bar(trial.epoch / trial.epochs, 12)} epoch ${Math.floor(trial.epoch)}/${trial.epochs}  ${label(trial.networkId)}${accuracy}${speed}`;
    }),
  ].join('\n');
}

/** The same in one line, for logs. */
export function progressLine(progress: Progress): string {
  const { best, timeLeft, elapsedMs, running } = progress;
  const paused = progress.trials.paused > 0 ? `, ${progress.trials.paused} paused at a rung` : '';
  const failed = progress.trials.failed > 0 ? `, ${progress.trials.failed} failed` : '';
  const left = timeLeft === null ? '' : `, ${timeLeftText(timeLeft)}`;
  const so = best ? `, best ${percent(best.validationAccuracy)}` : '';
  return `${over(progress)}/${progress.total} trials${paused}${failed}, ${running.length} running${so}, ${duration(elapsedMs)}${left}`;
}

function over({ trials }: Progress): number {
  return trials.completed + trials.paused + trials.failed + trials.cancelled + trials.skipped;
}
