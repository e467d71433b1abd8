import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Form, versions } from '../build.js';
import { runCommand } from './command.js';
import type { StepContext } from './step.js';

/** The wheels hold the same libraries for every Python; one is named so that the machine's own may be any. */
const wheelPython = '3.12';

/**
 * Takes TensorFlow's two shared libraries and its headers, and for a GPU the CUDA libraries, out of PyPI's wheels. No TensorFlow for
 * Python is installed: of 1.3 GB unpacked 0.85 GB stay.
 */
export async function installLibrary({ build, work, tools, signal }: StepContext): Promise<void> {
  const purpose = 'getting TensorFlow from PyPI';
  const python = path.join(work, 'python');
  await runCommand('making a Python environment for pip', tools.python, ['-m', 'venv', python], { cwd: work, signal });
  const downloads = path.join(work, 'downloads');
  await mkdir(downloads);
  const fetchWheels = (requirements: readonly string[], target: string): Promise<string> =>
    runCommand(
      purpose,
      path.join(python, 'bin/pip'),
      [...pipFlags(build.folder), '--target', target, ...requirements],
      {
        cwd: work,
        env: { ...process.env, TMPDIR: downloads },
        signal,
      },
    );

  const library = path.join(work, 'library');
  await fetchWheels([`${distribution(build.form)}==${versions.tensorflow}`], library);
  if (build.form === 'gpu') {
    const cuda = path.join(work, 'cuda');
    await fetchWheels(await cudaRequirements(library), cuda);
    await rename(path.join(cuda, 'nvidia'), path.join(library, 'nvidia'));
  }
  await prune(library);
  await rename(library, build.library);
  await rm(pipCache(build.folder), { recursive: true, force: true });
}

/** PyPI's `tensorflow` has CUDA on x64 and none on arm64, where there is no `tensorflow-cpu`. */
function distribution(form: Form): string {
  return form === 'cpu' && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
}

/** Beside the work folder, so that an installation that goes on after a kill finds what was already downloaded. */
function pipCache(folder: string): string {
  return path.join(folder, 'downloads');
}

function pipFlags(folder: string): string[] {
  const machine = process.arch === 'x64' ? 'x86_64' : 'aarch64';
  const platforms = ['manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux1'].flatMap((platform) => [
    '--platform',
    `${platform}_${machine}`,
  ]);
  const kind = [
    '--no-deps',
    '--no-compile',
    '--only-binary=:all:',
    '--implementation=cp',
    `--python-version=${wheelPython}`,
  ];
  return [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    `--cache-dir=${pipCache(folder)}`,
    ...kind,
    ...platforms,
  ];
}

/** What the wheel's extra `and-cuda` asks for. */
async function cudaRequirements(library: string): Promise<string[]> {
  const info = (await readdir(library)).find((name) => name.endsWith('.dist-info'));
  if (!info) throw new Error(`${library} holds no package's metadata`);
  const metadata = await readFile(path.join(library, info, 'METADATA'), 'utf8');
  const requirements = [...metadata.matchAll(/^Requires-Dist: ([^;\s]+) *; *extra == "and-cuda"/gm)].map(
    ([, name]) => name as string,
  );
  if (requirements.length === 0) throw new Error(`${info} asks for no CUDA libraries`);
  return requirements;
}

/** Keeps the libraries and the headers of the C API, 1 of 268 MB. */
async function prune(library: string): Promise<void> {
  const tensorflow = path.join(library, 'tensorflow');
  const headers = path.join(library, 'include');
  for (const folder of ['tensorflow/c', 'tensorflow/core/platform', 'tsl/platform', 'xla/tsl/c']) {
    await mkdir(path.join(headers, path.dirname(folder)), { recursive: true });
    await rename(path.join(tensorflow, 'include', folder), path.join(headers, folder));
  }
  await keepOnly(library, (name) => name === 'tensorflow' || name === 'nvidia' || name === 'include');
  await keepOnly(tensorflow, (name) => name.startsWith('libtensorflow'));
}

async function keepOnly(folder: string, wanted: (name: string) => boolean): Promise<void> {
  const unwanted = (await readdir(folder)).filter((name) => !wanted(name));
  await Promise.all(unwanted.map((name) => rm(path.join(folder, name), { recursive: true, force: true })));
}
