import { expect, it, vi } from 'vitest';
import { parseExperiment } from '../../search/experiment.js';
import { makePlan } from '../../search/plan.js';
import { resolveNetwork } from '../../search/presets.js';

// No two networks with one hash are known, so that the hash is replaced by a constant here.
vi.mock('../../search/hash.js', async (original) => ({ ...(await original<object>()), shortId: () => 'same' }));

it('two networks that differ never share an id', () => {
  const spec = parseExperiment({
    name: 'test',
    question: 'which?',
    baseline: 'mbconv-tiny',
    data: { source: 'shapes' },
  });
  expect(() => makePlan(spec, resolveNetwork('mbconv-tiny'))).toThrow('two networks that differ have the id same');
});
