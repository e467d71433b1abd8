import { spawnSync } from 'node:child_process';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, EngineName } from '../../../workers/engine/engine.js';
import { loadEngine } from '../../../workers/engine/index.js';
import { SampleTraining } from '../../../workers/engine/sample-training.js';
import { usedBy } from '../../../workers/engine/tensorflow/memory.js';
import { applySettings } from '../../../workers/engine/tensorflow/settings.js';
import { missing, tensorflow, testCache } from '../../support/parts.js';
import { smallBatch, smallNetwork } from './small-network.js';
import { buildTimeoutMs, tensorflowBuild } from './tensorflow-build.js';

const program = path.resolve(import.meta.dirname, '../../../dist/workers/engine/index.js');

describe.skipIf(missing(tensorflow))('the tensorflow engine', () => {
  let engine: Engine;

  beforeAll(async () => {
    await tensorflowBuild();
    engine = await loadEngine('tensorflow');
  }, buildTimeoutMs);

  async function threeLosses(name: EngineName): Promise<number[]> {
    const training = new SampleTraining(await loadEngine(name), smallBatch, smallNetwork);
    const losses = [await training.step(), await training.step(), await training.step()];
    training.dispose();
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
    await loadEngine('cpu');
    const again = await loadEngine('tensorflow');
    expect(tf.getBackend()).toBe('tensorflow');
    expect(tf.engine().backendNames()).toEqual(expect.arrayContaining(['cpu', 'tensorflow']));
    expect(again.version).toMatch(/^TensorFlow \d+\.\d+\.\d+$/);
    expect(again.device).not.toBe('');
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

  it('computes with as many threads as it is allowed', () => {
    const threads = (allowed: string): number => {
      const source = `import { readdirSync } from 'node:fs';
        import { loadEngine } from ${JSON.stringify(program)};
        await loadEngine('tensorflow');
        process.stdout.write(String(readdirSync('/proc/self/task').length));`;
      const { TF_NUM_INTRAOP_THREADS: _, TF_NUM_INTEROP_THREADS: __, ...inherited } = process.env;
      const env = { ...inherited, TRISCALE_CACHE: testCache, TRISCALE_THREADS: allowed };
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { env, encoding: 'utf8' });
      return Number(stdout);
    };
    expect(threads('9') - threads('1')).toBe(8);
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
    const bad: NodeJS.ProcessEnv = { TRISCALE_THREADS: 'many' };
    expect(() => applySettings(bad)).toThrow('TRISCALE_THREADS: expected an integer ≥ 1, got "many"');
  });
});

describe('memory of a GPU', () => {
  it('is the line of this process in the driver’s table', () => {
    expect(usedBy(42, '41, 100\n42, 512\n')).toBe(512 * 2 ** 20);
    expect(usedBy(42, '41, 100\n42, [N/A]\n')).toBeNull();
    expect(usedBy(42, '')).toBeNull();
  });
});
