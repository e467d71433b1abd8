import { expect, it, vi } from 'vitest';
import { resolveNetwork } from '../../../search/network/presets.js';
import { parseExperiment } from '../../../search/plan/experiment.js';
import { makePlan } from '../../../search/plan/plan.js';

// No two networks with one hash are known, so that the hash is replaced by a constant here.
vi.mock('../../../search/base/hash.js', async (original) => ({ ...(await original<object>()), shortId: () => 'same' }));

it('two networks that differ never share an id', () => {
  const spec = parseExperiment({
    name: 'test',
    question: 'which?',
    baseline: 'mbconv-tiny',
    data: { source: 'shapes' },
  });
  expect(() => makePlan(spec, resolveNetwork('mbconv-tiny'))).toThrow('two networks that differ have the id same');
});
