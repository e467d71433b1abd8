import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { versions } from '../build.js';
import { passOn } from '../shared-tfjs.js';
import { runCommand } from './command.js';
import type { StepContext } from './step.js';

/**
 * Installs `@tensorflow/tfjs-node` without its install script, which would fetch a TensorFlow of 2022, and Node's headers. In place of a
 * second TensorFlow.js its `require` finds a package of one line that passes on the copy of whoever loads the engine, so that tensors
 * and backends are shared.
 */
export async function installPackages({ build, work, tools, signal }: StepContext): Promise<void> {
  const folder = path.join(work, 'packages');
  const sharedNames = ['@tensorflow/tfjs', '@tensorflow/tfjs-core'];
  for (const name of sharedNames) {
    const shared = path.join(folder, sharedFolder(name));
    await mkdir(shared, { recursive: true });
    await writeFile(
      path.join(shared, 'package.json'),
      JSON.stringify({ name, version: versions.tfjs, main: 'index.js' }),
    );
    await writeFile(path.join(shared, 'index.js'), passOn);
  }
  await writeFile(
    path.join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: {
        ...Object.fromEntries(sharedNames.map((name) => [name, `file:./${sharedFolder(name)}`])),
        '@tensorflow/tfjs-node': versions.tfjs,
        'node-api-headers': versions.nodeApiHeaders,
      },
      overrides: Object.fromEntries(sharedNames.map((name) => [name, `$${name}`])),
    }),
  );
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  await runCommand('getting @tensorflow/tfjs-node from npm', tools.npm, ['install', ...flags], { cwd: folder, signal });
  await rename(folder, build.packages);
}

function sharedFolder(name: string): string {
  return name.replace('@tensorflow/', '');
}
