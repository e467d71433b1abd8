import { duration, percent, timeLeftText } from '../../../search/base/format.js';
import type { Progress } from '../../run/coordinator/progress.js';
import { bar } from '../live.js';

/** The state of a search as lines that are redrawn, each within 80 columns: trials done, time, the best so far, and each running trial. */
export function progressBlock(progress: Progress, labels: ReadonlyMap<string, string>): string {
  const label = (networkId: string) => labels.get(networkId) ?? networkId;
  const { best } = progress;
  return [
    `${bar(over(progress) / progress.total, 20)} ${counts(progress)}`,
    times(progress),
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
  const { best } = progress;
  const so = best ? `, best ${percent(best.validationAccuracy)}` : '';
  return `${counts(progress)}${so}, ${times(progress)}`;
}

function counts(progress: Progress): string {
  const { trials, total, running } = progress;
  const paused = trials.paused > 0 ? `, ${trials.paused} paused at a rung` : '';
  const failed = trials.failed > 0 ? `, ${trials.failed} failed` : '';
  return `${over(progress)}/${total} trials${paused}${failed}, ${running.length} running`;
}

function times({ elapsedMs, timeLeft }: Progress): string {
  return `${duration(elapsedMs)}${timeLeft === null ? '' : `, ${timeLeftText(timeLeft)}`}`;
}

function over({ trials }: Progress): number {
  return trials.completed + trials.paused + trials.failed + trials.cancelled;
}
