import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../../../../workers/engine/index.js';
import { SampleTraining } from '../../../../workers/engine/sample.js';
import type { Backend, TfjsName } from '../../../../workers/engine/tfjs/backend.js';
import { loadBackend } from '../../../../workers/engine/tfjs/index.js';
import type { Build } from '../../../../workers/engine/tfjs/tensorflow/build.js';
import { usedBy } from '../../../../workers/engine/tfjs/tensorflow/memory.js';
import { applySettings } from '../../../../workers/engine/tfjs/tensorflow/settings.js';
import { missing, tensorflow, testCache } from '../../../support/parts.js';
import { smallBatch, smallNetwork } from '../small-network.js';
import { buildTimeoutMs, tensorflowBuild } from './tensorflow-build.js';

const program = path.resolve(import.meta.dirname, '../../../../dist/workers/engine/index.js');

describe.skipIf(missing(tensorflow))('the tensorflow engine', { timeout: 180_000 }, () => {
  let engine: Backend;
  let build: Build;

  beforeAll(async () => {
    build = await tensorflowBuild();
    engine = await loadBackend('tensorflow');
  }, buildTimeoutMs);

  async function threeLosses(name: TfjsName): Promise<number[]> {
    const training = await SampleTraining.open(await loadEngine(name), smallBatch, smallNetwork);
    const losses = [await training.step(), await training.step(), await training.step()];
    await training.close();
    return losses;
  }

  it('trains three steps with the losses of cpu and wasm, within 1e-4', async () => {
    const reference = await threeLosses('cpu');
    expect(reference[2]).toBeLessThan(reference[0] as number);
    for (const name of ['wasm', 'tensorflow'] as const) {
      const losses = await threeLosses(name);
      reference.forEach((loss, i) => {
        expect(Math.abs((losses[i] as number) - loss)).toBeLessThan(1e-4);
      });
    }
  });

  it('gives the same losses to the last bit when asked again, and leaves no tensor behind', async () => {
    const first = await threeLosses('tensorflow');
    const tensors = tf.memory().numTensors;
    expect(await threeLosses('tensorflow')).toEqual(first);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('is a backend of our copy of TensorFlow.js and says what it runs on', async () => {
    await loadBackend('cpu');
    const again = await loadBackend('tensorflow');
    expect(tf.getBackend()).toBe('tensorflow');
    expect(tf.engine().backendNames()).toEqual(expect.arrayContaining(['cpu', 'tensorflow']));
    expect(again.version).toMatch(/^TensorFlow \d+\.\d+\.\d+$/);
    expect(again.device).not.toBe('');
    const copies = Object.keys(createRequire(import.meta.url).cache).filter((file) => file.endsWith('tf-core.node.js'));
    expect(copies).toHaveLength(1);
  });

  it('measures the memory of a large tensor, and begins anew after a reset', async () => {
    const bytes = 2 ** 27;
    engine.resetPeak();
    const before = engine.peakBytes();
    // Tiled by TensorFlow: values that come from JavaScript stay there until they are used.
    const tensor = tf.tile(tf.ones([1]), [bytes / 4]);
    expect(engine.peakBytes() - before).toBeGreaterThan(0.95 * bytes);
    expect(engine.peakBytes() - before).toBeLessThan(1.5 * bytes);
    tensor.dispose();
  });

  /** What a program that imports `loadEngine` writes to standard output, in an environment of its own. */
  function run(body: string, environment: Readonly<Record<string, string>>): string {
    const { TF_NUM_INTRAOP_THREADS: _, TF_NUM_INTEROP_THREADS: __, ...inherited } = process.env;
    const source = `import { loadEngine } from ${JSON.stringify(program)};\n${body}`;
    const env = { ...inherited, TRISCALE_CACHE: testCache, ...environment };
    return spawnSync(process.execPath, ['--input-type=module', '-e', source], { env, encoding: 'utf8' }).stdout;
  }

  it('computes with as many threads as it is allowed', () => {
    const threads = (allowed: string): number => {
      const body = `import { readdirSync } from 'node:fs';
        await loadEngine('tensorflow');
        process.stdout.write(String(readdirSync('/proc/self/task').length));`;
      return Number(run(body, { TRISCALE_THREADS: allowed }));
    };
    expect(threads('9') - threads('1')).toBe(8);
  });

  it('is loaded from an npm package where there is one', () => {
    const body = `process.stdout.write((await loadEngine('tensorflow')).version);`;
    const packages = path.join(build.packages, 'node_modules');
    expect(run(body, { TRISCALE_CACHE: '/nowhere', NODE_PATH: packages })).toBe(engine.version);
  });

  it('refuses a number of threads that is none', () => {
    const body = `await loadEngine('tensorflow').catch(({ code, message }) => console.log(code, message));`;
    expect(run(body, { TRISCALE_THREADS: 'many' })).toMatch(
      /^bad-value TRISCALE_THREADS: expected an integer ≥ 1, got "many"/,
    );
  });
});

describe('settings', () => {
  it('limit TensorFlow to one thread unless the user says otherwise, and keep what the user has set', () => {
    const settings: NodeJS.ProcessEnv = {};
    applySettings(settings);
    expect(settings.TF_NUM_INTRAOP_THREADS).toBe('1');
    const own: NodeJS.ProcessEnv = { TRISCALE_THREADS: '3', TF_CPP_MIN_LOG_LEVEL: '0' };
    applySettings(own);
    expect(own).toMatchObject({ TF_NUM_INTRAOP_THREADS: '3', TF_CPP_MIN_LOG_LEVEL: '0' });
  });
});

describe('memory of a GPU', () => {
  it('is the line of this process in the driver’s table', () => {
    expect(usedBy(42, '41, 100\n42, 512\n')).toBe(512 * 2 ** 20);
    expect(usedBy(42, '41, 100\n42, [N/A]\n')).toBeNull();
    expect(usedBy(42, '')).toBeNull();
  });
});
