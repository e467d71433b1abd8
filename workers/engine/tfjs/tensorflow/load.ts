import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { InputError } from '../../../../search/base/errors.js';
import { type Build, buildOf, type Form } from './build.js';
import type { NodeBackend } from './native.js';
import { applySettings } from './settings.js';
import { shareTfjs } from './shared-tfjs.js';

const require = createRequire(import.meta.url);

/** A `@tensorflow/tfjs-node` that may be there. */
interface Candidate {
  /** For a sentence. */
  readonly name: string;
  /** Its folder, or null when it is not there. */
  readonly folder: string | null;
}

/**
 * Loads the first binding to TensorFlow that loads, of these forms in this order: the npm package where somebody installed it, then what
 * `triscale engine install tensorflow` built. It is TensorFlow.js's backend afterwards. Throws an `InputError` (`missing-part`) when there
 * is none.
 */
export function loadNative(forms: readonly Form[]): NodeBackend {
  const name = { gpu: '@tensorflow/tfjs-node-gpu', cpu: '@tensorflow/tfjs-node' };
  return loadFirst(forms.flatMap((form) => [installed(name[form]), built(buildOf(form))]));
}

/** Loads what was built, also before it is declared installed. */
export function loadBuild(build: Build): NodeBackend {
  return loadFirst([{ name: `the build in ${build.folder}`, folder: build.tfjsNode }]);
}

function loadFirst(candidates: readonly Candidate[]): NodeBackend {
  const loaded = tf.findBackend('tensorflow');
  if (loaded) {
    // A process can hold one TensorFlow. Its backend starts at once, so there is nothing to wait for.
    void tf.setBackend('tensorflow');
    return loaded as NodeBackend;
  }
  applySettings();
  const failures: string[] = [];
  for (const { name, folder } of candidates) {
    if (!folder) continue;
    try {
      return load(folder);
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  const reason = failures.length > 0 ? `what is there does not load (${failures.join('; ')})` : 'it is not installed';
  throw new InputError('missing-part', `engine tensorflow: ${reason}; triscale engine install tensorflow builds it`);
}

function load(folder: string): NodeBackend {
  // The package registers its kernels before it looks for its binding; a second candidate would then find them taken.
  require(bindingOf(folder));
  shareTfjs();
  replaceUtil();
  require(folder);
  const backend = tf.findBackend('tensorflow');
  if (!backend) throw new Error('it belongs to a TensorFlow.js of another version than ours');
  return backend as NodeBackend;
}

function bindingOf(folder: string): string {
  // npm's binaries are made for Node-API 8, as ours are; N grows with the package's releases, not with Node's.
  const binding = path.join(folder, 'lib/napi-v8/tfjs_binding.node');
  if (!existsSync(binding)) throw new Error('its binding is missing');
  return binding;
}

function installed(name: string): Candidate {
  try {
    return { name, folder: path.dirname(require.resolve(`${name}/package.json`)) };
  } catch {
    return { name, folder: null };
  }
}

function built(build: Build): Candidate {
  return { name: `the build in ${build.folder}`, folder: existsSync(build.record) ? build.tfjsNode : null };
}

/** `@tensorflow/tfjs-node` 4.22 calls two functions of `util` that warn from Node 22 on and are gone from 23 on. */
function replaceUtil(): void {
  const util = require('node:util') as { isNullOrUndefined?: unknown; isArray?: unknown };
  util.isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined;
  util.isArray = Array.isArray;
}
