import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { countedMemory, wholeInMemoryBytes } from '../../../../search/cost/data.js';
import { admission } from '../../../../workers/executors/farm/admission.js';
import { LocalData } from '../../../../workers/executors/farm/local-data.js';
import { simulatedJob } from '../../../support/jobs.js';
import { scratchFolder } from '../../../support/scratch.js';

const folder = scratchFolder('admission');
const data = new LocalData(path.join(folder, 'cache'), [path.join(folder, 'data')]);
const options = { data, engine: 'wasm', memoryBytes: null, checkpointFolder: (id: string) => `/own/${id}` };
const job = simulatedJob(
  't',
  {},
  { simulation: null, dataset: { source: 'shapes', seed: 1, train: 24, validation: 12, test: 12 } },
);
const alone = async (digest: string) => digest;

describe('a worker', () => {
  it('takes a trial with the places, the engine and the digest of its own machine', async () => {
    const { digest } = await data.facts(job.dataset);
    expect(await admission(options)(job, alone)).toEqual({
      job: { ...job, checkpointFolder: '/own/t', engine: 'wasm', datasetDigest: digest },
    });
  });

  it('takes any simulated trial', async () => {
    const simulated = simulatedJob('t', {}, { engine: 'tensorflow' });
    expect(await admission({ ...options, memoryBytes: 1 })(simulated, alone)).toHaveProperty('job');
  });

  it.each([
    [
      'another engine',
      { engine: 'tensorflow' },
      {},
      'engine: this worker has wasm, but the search asks for tensorflow',
    ],
    [
      'more memory',
      {},
      { memoryBytes: 1e6 },
      /^memory: a slot of this worker has 976.56 KiB, the trial needs \d.* [KM]iB with blocks computed once more in the backward pass$/,
    ],
    [
      'data that it lacks',
      { dataset: { source: 'folder', path: '/elsewhere/flowers', validation: 0.1, test: 0.1, seed: 1 } },
      {},
      `data: not found on this worker at ${path.join(folder, 'data', 'flowers')} or /elsewhere/flowers`,
    ],
    [
      'data of another digest',
      { datasetDigest: 'f'.repeat(64) },
      {},
      /copy has the digest \w{12}, the search trains on ffffffffffff$/,
    ],
  ] as const)('refuses a trial that wants %s, and says so', async (_, fields, own, reason) => {
    const got = await admission({ ...options, ...own })({ ...job, ...fields }, alone);
    expect(got).toEqual({ refused: expect.stringMatching(reason) });
  });

  it('counts the images beside the network', async () => {
    const { resolutionPx } = job.network;
    const train = Math.ceil((wholeInMemoryBytes + 1) / (resolutionPx ** 2 * 3));
    const many = { ...job, dataset: { ...job.dataset, train } as typeof job.dataset };
    const images = countedMemory({ images: train, resolutionPx, batch: job.recipe.batch });
    expect(images).toBeGreaterThan(1e6);
    const within = (memoryBytes: number) => admission({ ...options, memoryBytes })(many, alone);
    const own = async (memoryBytes: number) => admission({ ...options, memoryBytes })(job, alone);
    let network = 1e6;
    while (!('job' in (await own(network)))) network *= 1.1;
    expect(await within(network)).toEqual({
      refused: expect.stringMatching(/^memory: a slot of this worker has .*, the trial needs .* and its images \d/),
    });
    expect(await within(network + images)).toHaveProperty('job');
  });

  it('refuses data that are not those which another worker has agreed on', async () => {
    const got = await admission(options)(job, async () => '0'.repeat(64));
    expect(got).toEqual({ refused: expect.stringContaining('the search trains on 000000000000') });
  });
});
