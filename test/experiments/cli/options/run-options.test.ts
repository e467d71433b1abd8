import { describe, expect, it } from 'vitest';
import { parseRetries } from '../../../../experiments/cli/options/run-options.js';
import { defaultRetries, stateAfter } from '../../../../search/plan/outcomes.js';

describe('the table of retries', () => {
  it('is the default with the entries that were given', () => {
    const retries = parseRetries('lost=5, timeout=1,crashed=0');
    expect(retries).toEqual({ ...defaultRetries, lost: 5, timeout: 1, crashed: 0 });
    expect(stateAfter('timeout', 1, retries)).toBe('queued');
    expect(stateAfter('timeout', 2, retries)).toBe('failed');
    expect(stateAfter('crashed', 1, retries)).toBe('failed');
  });

  it.each(['', 'lost', 'lost=', 'lost=-1', 'lost=1.5', 'lost=101', 'lost=3,', 'lost=1e3'])('%j is refused', (text) => {
    expect(() => parseRetries(text)).toThrow(
      /^--retries: expected entries such as lost=3 with counts from 0 to 100, got /,
    );
  });

  it.each(['late=1', 'completed=1', '__proto__=1', 'Lost=1'])('%j names no outcome that is tried again', (text) => {
    expect(() => parseRetries(text)).toThrow(/^--retries: /);
  });
});
