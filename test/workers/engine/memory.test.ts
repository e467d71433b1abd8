import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { median } from '../../../search/base/median.js';
import { missing, parts, tensorflow, testCache } from '../../support/parts.js';
import { swiftShader } from './tfjs/swift-shader.js';
import { buildTimeoutMs, tensorflowBuild } from './tfjs/tensorflow-build.js';

const dist = path.resolve(import.meta.dirname, '../../../dist');
const program = path.join(import.meta.dirname, 'memory-program.mjs');

/** Networks by what fills their memory, at two batches each: narrow and shallow, inverted bottlenecks, plain convolutions, squeeze-and-excite, branches. */
const cases = [
  ['mbconv-tiny', 32, 128],
  ['mbconv-tiny', 32, 256],
  ['mobilenetv2-small', 32, 8],
  ['mobilenetv2-small', 32, 16],
  ['resnet18', 64, 8],
  ['resnet18', 64, 16],
  ['efficientnet-b0', 64, 8],
  ['efficientnet-b0', 64, 32],
  ['googlenet', 64, 16],
  ['densenet121', 64, 8],
] as const;

/** Trainings that save memory: in parts of a batch, with blocks computed once more, and both. */
const savingCases = [
  ['mbconv-tiny', 32, 512, 4, 'kept'],
  ['efficientnet-b0', 64, 16, 1, 'recompute'],
  ['mobilenetv2-small', 32, 32, 1, 'recompute'],
] as const;

const wasmSavingCases = [
  ...savingCases,
  ['resnet18', 64, 16, 2, 'recompute'],
  ['resnet18', 64, 32, 1, 'recompute'],
  ['mbconv-tiny', 32, 128, 4, 'kept'],
  ['googlenet', 64, 32, 1, 'recompute'],
  ['densenet121', 64, 16, 1, 'recompute'],
  ['densenet121', 64, 16, 4, 'kept'],
] as const;

/**
 * TensorFlow's peak is that of a whole process, whose heap takes more or less by the order in which its threads and JavaScript's collector
 * come by: single measurements are up to a tenth apart on a free machine. So the bound is wider, and their median counts.
 */
const nativeCases = [
  ['mbconv-tiny', 32, 256, 1, 'kept'],
  ['mobilenetv2-small', 32, 16, 1, 'kept'],
  ['resnet18', 64, 16, 1, 'kept'],
  ['efficientnet-b0', 64, 32, 1, 'kept'],
  ...savingCases,
  ['resnet18', 64, 32, 1, 'recompute'],
] as const;

/** What the reference engine trains within seconds. */
const smallCases = [
  ['mbconv-tiny', 32, 2],
  ['mbconv-tiny', 32, 4],
] as const;

/** What a software driver trains within seconds. */
const softwareCases = [
  ['mbconv-tiny', 32, 8],
  ['mbconv-tiny', 32, 16],
] as const;

/** Network, resolution, batch, micro-batches and whether what is inside of blocks is kept or computed twice. */
type Training = readonly [string, number, number, number?, ('kept' | 'recompute')?];

/** Predicted over measured peak, the median of some measurements. */
async function ratio(engine: string, training: Training, measurements = 1): Promise<number> {
  const ratios: number[] = [];
  while (ratios.length < measurements) ratios.push(await ratioOnce(engine, ...training));
  return median(ratios);
}

async function ratioOnce(engine: string, ...training: Training): Promise<number> {
  const args = [program, dist, engine, ...training.map(String)];
  const software = engine === 'webgpu' ? { ...swiftShader, TRISCALE_WEBGPU_SOFTWARE: '1' } : {};
  const env = { ...process.env, ...software, TRISCALE_CACHE: testCache };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const { measuredBytes, predictedBytes } = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  return predictedBytes / measuredBytes;
}

/** Predicted peak memory of a training over the measured one. */
describe('predicted over measured peak memory', { timeout: 120_000 }, () => {
  it.each(cases)('wasm: %s at %i px, batch %i, within 15 %', async (...one) => {
    expect(Math.abs((await ratio('wasm', one)) - 1)).toBeLessThan(0.15);
  });

  it.each(wasmSavingCases)('wasm: %s at %i px, batch %i, in %i parts, blocks %s, within 15 %', async (...one) => {
    expect(Math.abs((await ratio('wasm', one)) - 1)).toBeLessThan(0.15);
  });

  it.each(smallCases)('cpu: %s at %i px, batch %i, within 15 %', async (...one) => {
    expect(Math.abs((await ratio('cpu', one)) - 1)).toBeLessThan(0.15);
  });

  describe.skipIf(missing(parts.chromium))('on a software driver', () => {
    it.each(softwareCases)('webgpu: %s at %i px, batch %i, within 15 %', async (...one) => {
      expect(Math.abs((await ratio('webgpu', one)) - 1)).toBeLessThan(0.15);
    });
  });

  describe.skipIf(missing(tensorflow))('where TensorFlow is built', () => {
    beforeAll(tensorflowBuild, buildTimeoutMs);

    it.each(nativeCases)('tensorflow: %s at %i px, batch %i, in %i parts, blocks %s, within 25 %', async (...one) => {
      expect(Math.abs((await ratio('tensorflow', one, 3)) - 1)).toBeLessThan(0.25);
    });
  });
});
