import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFits } from '../../../experiments/run/farm.js';
import { runSearch } from '../../../experiments/run/search-run.js';
import { ramPerSlot } from '../../../workers/executors/local/slots.js';
import { scratchFolder } from '../../support/scratch.js';
import { simulation } from '../../support/simulated.js';
import { smallPlan } from '../../support/small-plan.js';

const folder = scratchFolder('fits');
const plan = smallPlan();
const peak = Math.max(...plan.networks.map(({ peakBytes }) => peakBytes));

describe('a plan of which a network fits nowhere', () => {
  it('is refused with the largest such network', () => {
    expect(() => checkFits(plan, [peak / 2, peak / 4])).toThrow(
      /^network \w+( and \d+ more)?: expected to fit into the [\d.]+ [KM]iB of the largest slot, got [\d.]+ [KM]iB, and [\d.]+ [KM]iB with blocks .* in 16 parts; /,
    );
    try {
      checkFits(plan, [1]);
    } catch (error) {
      expect(error).toMatchObject({ code: 'does-not-fit' });
    }
  });

  it('is one whose largest network the largest slot cannot hold, and no other', () => {
    expect(() => checkFits(plan, [1, peak])).not.toThrow();
    expect(() => checkFits(plan, [1, null])).not.toThrow();
    // Nobody has joined yet: a worker that does says for itself what it takes.
    expect(() => checkFits(plan, [])).not.toThrow();
  });

  it('is refused by the local pool before anything is queued; simulated it is run', async () => {
    const [first, ...rest] = plan.networks;
    const huge = { ...plan, networks: [{ ...first!, peakBytes: 2 * ramPerSlot(1) }, ...rest] };
    const options = { plan: huge, storeFile: path.join(folder, 'a.sqlite'), workers: 1, cacheFolder: folder };
    await expect(runSearch(options)).rejects.toMatchObject({ code: 'does-not-fit' });
    expect(await runSearch({ ...options, simulation: simulation() })).toMatchObject({ state: 'finished' });
  });
});
