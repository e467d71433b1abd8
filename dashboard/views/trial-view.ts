import type { StoredTrial } from '../../db/records.js';
import type { TrialView } from '../api.js';

/** What the page shows of a trial in lists. */
export function trialView(trial: StoredTrial): TrialView {
  const { attempts } = trial;
  switch (trial.state) {
    case 'completed': {
      const { validationAccuracy, validationLoss, wallMs, peakBytes, imagesPerSecond, host, engine } = trial.result;
      const result = { validationAccuracy, validationLoss, wallMs, peakBytes, imagesPerSecond, host, engine };
      return { state: trial.state, attempts, result };
    }
    case 'running': {
      const { epoch, validationAccuracy, host } = trial;
      return { state: trial.state, attempts, epoch, validationAccuracy, host };
    }
    case 'failed':
      return { state: trial.state, attempts, outcome: trial.outcome, message: trial.message };
    default:
      return { state: trial.state, attempts };
  }
}
