import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Ran, triscale } from '../support/command-line.js';
import { imageFolder } from '../support/image-folder.js';
import { missing, nodeOf, parts } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { expectClose, here, majors } from './versions.js';

const folder = scratchFolder('node-commands');
const demo = path.resolve(import.meta.dirname, '../../experiments/demo.json');
const images = path.join(folder, 'images');

/** Losses of two epochs of `triscale train`. */
async function trainOnTwoThreads(node: string): Promise<number[]> {
  const out = mkdtempSync(path.join(folder, 'trained-'));
  const network = ['mbconv-tiny', '--resolution', '16', '--data', `folder:${images}`];
  const how = ['--epochs', '2', '--batch', '16', '--shards', '2', '--engine', 'wasm'];
  const env = { TRISCALE_CACHE: path.join(folder, 'cache') };
  expect(await triscale(['train', ...network, ...how, '--out', out], { node, env })).toMatchObject({ code: 0 });
  const { epochs } = JSON.parse(readFileSync(path.join(out, 'training.json'), 'utf8'));
  return epochs.map(({ trainLoss }: { trainLoss: number }) => trainLoss);
}

/** JSON with its numbers to 12 digits: the last bit of a power is not the same in every V8. */
function rounded(json: string): unknown {
  return JSON.parse(json, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value));
}

describe.skipIf(missing(parts.nodes))('the command line', () => {
  let lossesHere: number[];

  beforeAll(async () => {
    await imageFolder(images, { classes: ['left', 'right'], each: 30, sidePx: 16 });
    lossesHere = await trainOnTwoThreads(here);
  });

  // The store's library that was installed is not for these versions: what runs at all has not asked for it.
  describe.each(majors)('under Node %d', (major) => {
    const home = path.join(folder, String(major));
    mkdirSync(home);
    const options = { cwd: home, env: { TRISCALE_CACHE: path.join(home, 'cache') } };
    const run = (...args: string[]) => triscale(args, { ...options, node: nodeOf(major) });

    it.each([
      ['plan', demo, '--json'],
      ['cost', 'mbconv-tiny', '--json'],
      ['networks', '--json'],
      ['scale', 'efficientnet-b0', '--alpha', '1.2', '--beta', '1.1', '--gamma', '1.15', '--phi', '1', '--json'],
    ])('%s says what it says here', async (...args) => {
      const [later, earlier] = await Promise.all([run(...args), triscale(args, options)]);
      expect(later).toMatchObject({ code: 0, err: '' });
      expect(rounded(later.out)).toEqual(rounded(earlier.out));
    });

    it('new writes an experiment that can be planned', async () => {
      expect(await run('new', 'mine.json')).toMatchObject({ code: 0, err: '' });
      expect(await run('plan', 'mine.json')).toMatchObject({ code: 0, err: '' });
    });

    it('train trains on two threads to the losses of the Node here, within 1e-4', async () => {
      expectClose(await trainOnTwoThreads(nodeOf(major)), lossesHere);
    });

    it('run fills a store that the Node here chooses the same from', async () => {
      const store = path.join(home, 'search.sqlite');
      const search = ['run', demo, '--simulate', '--store', store, '--json'];
      const env = { ...options.env, NODE_PATH: path.join(import.meta.dirname, 'node_modules') };
      const first = await triscale(search, { cwd: home, env, node: nodeOf(major) });
      expect(first, first.err).toMatchObject({ code: 0 });
      const again = await triscale(search, { cwd: home, env });
      const last = ({ out }: Ran) => JSON.parse(out.trim().split('\n').at(-1) as string);
      expect(last(again)).toMatchObject({ event: 'finished', trainedNow: 0, chosen: last(first).chosen });
    });

    // Where npm has installed the tests' packages for a later version, the store's library is there.
    it.skipIf(Number.parseInt(process.versions.node, 10) >= 22)(
      'run says in one sentence what to do where the store’s library is not there',
      async () => {
        const { code, err } = await run('run', demo, '--simulate');
        expect(code).toBe(2);
        expect(err).toMatch(
          /^triscale: no better-sqlite3 that loads under Node v\d+\.\d+\.\d+ is installed; npm install under this Node adds it \[missing-part\]\n$/,
        );
      },
    );
  });
});
