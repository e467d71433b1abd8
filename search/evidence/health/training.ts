import { points } from '../../base/format.js';
import { type Finding, type HealthInput, pass } from './check.js';

/** Accuracy gained in the last tenth of the epochs, by how much of it is too much to call a curve flat. */
const risingGain = { warning: 0.01, fail: 0.03 };

export function underTrained({ candidates }: HealthInput): Finding | null {
  const curves = candidates.flatMap(({ trials }) =>
    trials.flatMap((trial) => (trial.state === 'completed' && trial.curve.length > 1 ? [trial.curve] : [])),
  );
  if (curves.length === 0) return null;
  const gains = curves.map((curve) => {
    const back = Math.max(1, Math.round(curve.length / 10));
    return (curve.at(-1) as number) - (curve.at(-1 - back) as number);
  });
  const gain = gains.reduce((sum, each) => sum + each, 0) / gains.length;
  const found = `curves gained ${points(gain)} points in the last tenth of the epochs, on average`;
  if (gain < risingGain.warning) return pass(`${found}.`);
  return {
    verdict: gain < risingGain.fail ? 'WARNING' : 'FAIL',
    finding: `${found}: they are still rising.`,
    remedy: 'Train for more epochs: deep and wide networks converge at different speeds, and the ranking may change.',
  };
}
