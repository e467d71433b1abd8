import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAtomically } from '../../../../atomic-file.js';
import { buildOf, type Form, versions } from '../build.js';
import { compileBinding } from './binding.js';
import type { CheckResult } from './check.js';
import { runCommand } from './command.js';
import { folderBytes } from './folder-bytes.js';
import { installLibrary } from './library.js';
import { type Installed, listInstalled } from './list.js';
import { installPackages } from './packages.js';
import type { Step, StepContext } from './step.js';
import { checkDisk, checkPlatform, findTools } from './tools.js';
import { makeWorkFolder } from './work-folder.js';

/** What a progress line shows; said at the start of a step and every second while it runs. */
export interface InstallProgress {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  readonly title: string;
  /** What this installation has put on the disk so far, downloads included. */
  readonly bytes: number;
}

export interface InstallOptions {
  readonly form: Form;
  /** Default: the user's cache folder. */
  readonly cache?: string;
  readonly onProgress?: (progress: InstallProgress) => void;
  readonly signal?: AbortSignal;
}

const steps: readonly Step[] = [
  { title: 'get @tensorflow/tfjs-node', result: ({ packages }) => packages, run: installPackages },
  { title: 'get the TensorFlow library', result: ({ library }) => library, run: installLibrary },
  { title: 'compile the binding', result: ({ binding }) => binding, run: compileBinding },
  { title: 'train one step', result: ({ record }) => record, run: recordChecked },
];

/**
 * Builds the binding of `@tensorflow/tfjs-node` against today's TensorFlow into the user's cache folder and tries it in a process of its
 * own. Does only what an earlier call has not done, however that ended; two at once do no harm. What it downloads comes through npm
 * and pip as the user has set them up. Throws an `InputError` (`missing-part`) that says what the machine lacks or what failed.
 */
export async function installTensorflow({ form, cache, onProgress, signal }: InstallOptions): Promise<Installed> {
  const build = buildOf(form, cache);
  if (!existsSync(build.record)) {
    checkPlatform(form);
    const tools = findTools();
    await checkDisk(build.folder, form);
    const work = await makeWorkFolder(build.folder);
    try {
      await runSteps({ build, work, tools, signal }, onProgress);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  const installed = (await listInstalled(cache)).find(({ folder }) => folder === build.folder);
  if (!installed) throw new Error(`${build.folder} is gone again`);
  return installed;
}

async function runSteps(context: StepContext, onProgress?: (progress: InstallProgress) => void): Promise<void> {
  const { build } = context;
  for (const [i, { title, result, run }] of steps.entries()) {
    context.signal?.throwIfAborted();
    if (existsSync(result(build))) continue;
    const report = async (): Promise<void> =>
      onProgress?.({ step: i + 1, steps: steps.length, title, bytes: await folderBytes(build.folder) });
    await report();
    const timer = setInterval(report, 1000);
    try {
      await run(context);
    } catch (error) {
      // Another installation may have come first; its result is as good.
      if (!existsSync(result(build))) throw error;
    } finally {
      clearInterval(timer);
    }
  }
}

/** Last step: a child loads the build and trains, and only then it counts as installed. */
async function recordChecked({ build, work, signal }: StepContext): Promise<void> {
  const cache = path.dirname(path.dirname(build.folder));
  const stdout = await runCommand('training one step', process.execPath, [checkProgram(), build.form, cache], {
    cwd: work,
    signal,
  });
  const { version, device } = JSON.parse(stdout) as CheckResult;
  const record = { ...versions, form: build.form, version, device };
  await writeAtomically(build.record, (handle) => handle.writeFile(`${JSON.stringify(record)}\n`));
}

/** The compiled check.js beside this file or, when this file runs from its source, in dist/. */
function checkProgram(): string {
  const beside = fileURLToPath(new URL('./check.js', import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL('../../../../../dist/workers/engine/tfjs/tensorflow/install/check.js', import.meta.url));
}
