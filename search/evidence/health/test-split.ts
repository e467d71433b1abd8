import { type Finding, type HealthInput, pass } from './check.js';

export function testReadTooOften({ testReads }: HealthInput): Finding {
  if (testReads <= 1) return pass(`the test split was read ${testReads === 1 ? 'once' : 'never'}.`);
  return {
    verdict: testReads <= 5 ? 'WARNING' : 'FAIL',
    finding: `the test split was read ${testReads} times: its accuracy is no longer that of unseen images.`,
    remedy: 'Report it as a validation result, or hold out new images.',
  };
}
