import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buildOf } from '../../workers/engine/tfjs/tensorflow/build.js';

/**
 * Parts that a test may need and a machine may lack. A missing one skips the test and says what would enable it;
 * with TRISCALE_REQUIRE_PARTS=1, as under `.ci/run`, it is a failure instead.
 */
export interface Part {
  readonly present: boolean;
  /** What is missing and how to get it. */
  readonly hint: string;
}

const root = path.resolve(import.meta.dirname, '../..');
const strict = process.env.TRISCALE_REQUIRE_PARTS === '1';

/** The Python of the test environment, with the packages of test/requirements.txt. */
export const python = path.join(root, '.venv/bin/python');

/** Debian's Chromium. */
export const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Node of a later major version than the oldest that is supported; the exact versions are in test/node-versions/package.json. */
export function nodeOf(major: 22 | 24): string {
  return path.join(root, `test/node-versions/node_modules/node${major}/bin/node`);
}

export const parts = {
  redis: part(answers('redis-server', '--version'), 'needs redis-server on the PATH: apt-get install redis-server'),
  chromium: part(existsSync(chromium), 'needs Chromium: apt-get install chromium, or CHROMIUM=<path>'),
  python: part(
    existsSync(python),
    'needs Python packages: python3 -m venv .venv && .venv/bin/pip install -r test/requirements.txt',
  ),
  nodes: part(
    existsSync(nodeOf(22)) && existsSync(nodeOf(24)),
    'needs Node 22 and 24 for Linux on x64: npm ci --prefix test/node-versions',
  ),
};

/** Where tests keep what takes long to make; not in the repository. */
export const testCache = path.join(root, '.cache');

/** The native TensorFlow engine: a test builds it where every part is required, elsewhere only who asks for it. */
export const tensorflow: Part = {
  present: strict || existsSync(buildOf('cpu', testCache).record),
  hint: 'needs the tensorflow engine: TRISCALE_CACHE=.cache npx triscale engine install tensorflow',
};

/** Sample data beside the checkout; optional everywhere. */
export function sharedData(name: string): Part & { readonly file: string } {
  const file = path.resolve(root, '../shared/data', name);
  return { present: existsSync(file), file, hint: `needs ${name} in ../shared/data beside the checkout` };
}

/** For `describe.skipIf(missing(parts.redis))`: true when it is missing, after saying so. */
export function missing(needed: Part): boolean {
  if (needed.present) return false;
  process.stderr.write(`skipped: ${needed.hint}\n`);
  return true;
}

/** A part, or an error where it is missing and every part is required. */
export function part(present: boolean, hint: string): Part {
  if (!present && strict) throw new Error(`TRISCALE_REQUIRE_PARTS=1: ${hint}`);
  return { present, hint };
}

function answers(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
