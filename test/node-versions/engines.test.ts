import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EngineReport } from '../../workers/engine/probe.js';
import { triscale } from '../support/command-line.js';
import { missing, nodeOf, parts, tensorflow, testCache } from '../support/parts.js';
import { scratchFolder } from '../support/scratch.js';
import { smallBatch, smallNetwork } from '../workers/engine/small-network.js';
import { swiftShader } from '../workers/engine/tfjs/swift-shader.js';
import { buildTimeoutMs, tensorflowBuild } from '../workers/engine/tfjs/tensorflow-build.js';
import { expectClose, here, majors } from './versions.js';

const folder = scratchFolder('node-versions');
const dist = path.resolve(import.meta.dirname, '../../dist');
/** All parts that are missing are named, not the first alone. */
const lacking = [parts.nodes, parts.chromium, tensorflow].map(missing).some(Boolean);

/** A cache with nothing in it but the native engine: what a probe remembers of a slow GPU is not for other tests to read. */
function ownCache(name: string): string {
  const cache = path.join(folder, name);
  mkdirSync(cache);
  symlinkSync(path.join(testCache, 'engines'), path.join(cache, 'engines'));
  return cache;
}

interface Trained {
  readonly variant: string;
  readonly losses: Readonly<Record<'wasm' | 'tensorflow', number[]>>;
}

async function threeSteps(node: string): Promise<Trained> {
  const program = path.join(import.meta.dirname, 'losses-program.mjs');
  const args = [program, dist, JSON.stringify(smallNetwork), String(smallBatch)];
  const { stdout } = await promisify(execFile)(node, args, { env: { ...process.env, TRISCALE_CACHE: testCache } });
  return JSON.parse(stdout) as Trained;
}

describe.skipIf(lacking)('the engines', () => {
  const reports = new Map<number, readonly EngineReport[]>();
  let trainedHere: Trained;

  beforeAll(async () => {
    await tensorflowBuild();
    trainedHere = await threeSteps(here);
    await Promise.all(
      majors.map(async (major) => {
        const env = { ...swiftShader, TRISCALE_WEBGPU_SOFTWARE: '1', TRISCALE_CACHE: ownCache(`doctor${major}`) };
        const { out, err } = await triscale(['doctor', '--json'], { env, node: nodeOf(major) });
        expect(err).toBe('');
        const { node, engines } = JSON.parse(out);
        expect(node).toMatch(new RegExp(`^v${major}\\.`));
        reports.set(major, engines);
      }),
    );
  }, buildTimeoutMs);

  it.each(majors)('all work under Node %d, as doctor says', (major) => {
    const engines = reports.get(major) as EngineReport[];
    expect(engines.map(({ engine }) => engine).sort()).toEqual(['cpu', 'tensorflow', 'wasm', 'webgpu']);
    for (const report of engines) expect(report).toMatchObject({ works: true });
  });

  it.each(majors)(
    'train three steps under Node %d with the losses of the Node here, on wasm and tensorflow, within 1e-4',
    async (major) => {
      const { losses } = await threeSteps(nodeOf(major));
      expect(losses.wasm[2]).toBeLessThan(losses.wasm[0] as number);
      for (const name of ['wasm', 'tensorflow'] as const) expectClose(losses[name], trainedHere.losses[name]);
    },
  );

  it.each(majors)('have relaxed SIMD under Node %d, as doctor says', async (major) => {
    expect((await threeSteps(nodeOf(major))).variant).toBe('relaxed-simd');
    const wasm = reports.get(major)?.find(({ engine }) => engine === 'wasm');
    expect(wasm).toHaveProperty('version', expect.stringMatching(/\+relaxed-simd$/));
  });
});
