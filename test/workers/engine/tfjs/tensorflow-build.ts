import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Build, buildOf } from '../../../../workers/engine/tfjs/tensorflow/build.js';
import { installTensorflow } from '../../../../workers/engine/tfjs/tensorflow/install/install.js';
import { testCache } from '../../../support/parts.js';

/** Longest that a build may take: a download of 270 MB and a compilation. */
export const buildTimeoutMs = 600_000;

/**
 * The CPU form of the native engine in the tests' cache, installed if it is not there. Test files run at once: one installs, the
 * others wait. From then on this process loads that one.
 */
export async function tensorflowBuild(): Promise<Build> {
  const build = buildOf('cpu', testCache);
  process.env.TRISCALE_CACHE = testCache;
  const lock = path.join(testCache, 'tensorflow.lock');
  const until = performance.now() + buildTimeoutMs;
  await mkdir(testCache, { recursive: true });
  while (!existsSync(build.record)) {
    if (performance.now() > until) throw new Error(`${lock} is held, or what holds it was killed: remove it`);
    try {
      await mkdir(lock);
    } catch {
      await setTimeout(500);
      continue;
    }
    try {
      await installTensorflow({ form: 'cpu', cache: testCache });
    } finally {
      await rmdir(lock);
    }
  }
  return build;
}
