import { spawnSync } from 'node:child_process';
import { mkdir, statfs } from 'node:fs/promises';
import { InputError } from '../../../../../search/base/errors.js';
import type { Form } from '../build.js';

/** The programs of the machine that an installation calls. */
export interface Tools {
  readonly python: string;
  readonly compiler: string;
  readonly npm: string;
}

/** GB that must be free: what is downloaded and unpacked before most of it is thrown away again. */
const neededGB: Record<Form, number> = { cpu: 2, gpu: 10 };

const glibcNeeded = [2, 27] as const;

/** The three programs, each tried; an `InputError` names the first that is missing and how to get it. `PYTHON` and `CXX` choose others. */
export function findTools(env: NodeJS.ProcessEnv = process.env): Tools {
  const python = env.PYTHON || 'python3';
  const compiler = env.CXX || 'g++';
  const npm = 'npm';
  // ensurepip is what Debian splits off into python3-venv.
  if (!answers(python, ['-c', 'import venv, ensurepip'], env))
    missing(
      `Python 3 with its venv module (tried ${python})`,
      'apt-get install python3-venv',
      'PYTHON=<path> names another',
    );
  if (!answers(compiler, ['--version'], env))
    missing(`a C++ compiler (tried ${compiler})`, 'apt-get install g++', 'CXX=<path> names another');
  if (!answers(npm, ['--version'], env))
    missing('npm on the PATH', 'apt-get install npm', 'Node from nodejs.org has it');
  return { python, compiler, npm };
}

/** Throws an `InputError` where PyPI has no TensorFlow library that this machine could load. */
export function checkPlatform(form: Form): void {
  const here = `${process.platform} ${process.arch}`;
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64'))
    throw new InputError(
      'missing-part',
      `engine tensorflow: it is built on Linux, x64 or arm64, got ${here}; npm install @tensorflow/tfjs-node brings a binary for other systems`,
    );
  if (form === 'gpu' && process.arch !== 'x64')
    throw new InputError(
      'missing-part',
      `engine tensorflow: PyPI has TensorFlow with CUDA for Linux x64 only, got ${here}`,
    );
  const glibc = glibcVersion();
  const [major, minor] = glibcNeeded;
  if (!glibc || glibc[0] < major || (glibc[0] === major && glibc[1] < minor))
    throw new InputError(
      'missing-part',
      `engine tensorflow: expected the C library glibc ≥ ${glibcNeeded.join('.')}, got ${glibc ? `glibc ${glibc.join('.')}` : 'another one'}; use a Debian, Ubuntu or Fedora image`,
    );
}

/** Throws an `InputError` when the folder's disk is too full; makes the folder. */
export async function checkDisk(folder: string, form: Form): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const freeGB = (bavail * bsize) / 1e9;
  if (freeGB < neededGB[form])
    throw new InputError(
      'missing-part',
      `engine tensorflow: expected ${neededGB[form]} GB free at ${folder}, got ${freeGB.toFixed(1)} GB; TRISCALE_CACHE=<folder> names another place`,
    );
}

/** Version of the C library that this Node runs on, or null when it is not glibc. */
function glibcVersion(): readonly [number, number] | null {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const match = /^(\d+)\.(\d+)/.exec(header?.glibcVersionRuntime ?? '');
  return match ? [Number(match[1]), Number(match[2])] : null;
}

function answers(command: string, args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return spawnSync(command, args, { stdio: 'ignore', env }).status === 0;
}

function missing(what: string, debian: string, otherwise: string): never {
  throw new InputError(
    'missing-part',
    `engine tensorflow: building it needs ${what}; on Debian ${debian} brings it, and ${otherwise}`,
  );
}
