import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Build, buildOf, versions } from '../../../../workers/engine/tfjs/tensorflow/build.js';
import { type InstallProgress, installTensorflow } from '../../../../workers/engine/tfjs/tensorflow/install/install.js';
import { listInstalled, removeInstalled } from '../../../../workers/engine/tfjs/tensorflow/install/list.js';
import { checkDisk, findTools } from '../../../../workers/engine/tfjs/tensorflow/install/tools.js';
import { missing, tensorflow, testCache } from '../../../support/parts.js';
import { buildTimeoutMs, tensorflowBuild } from './tensorflow-build.js';

const dist = path.resolve(import.meta.dirname, '../../../../dist/workers/engine');

describe('the installer', () => {
  const present = { PYTHON: '/usr/bin/true', CXX: '/usr/bin/true', PATH: process.env.PATH };

  it.each([
    [
      'Python',
      { PYTHON: '/nowhere/python' },
      'Python 3 with its venv module (tried /nowhere/python); on Debian apt-get install python3-venv',
    ],
    ['the compiler', { CXX: '/nowhere/g++' }, 'a C++ compiler (tried /nowhere/g++); on Debian apt-get install g++'],
    ['npm', { PATH: '/nowhere' }, 'npm on the PATH; on Debian apt-get install npm'],
  ])('says how to get %s where it is missing', (_, absent, sentence) => {
    expect(findTools(present)).toEqual({ python: '/usr/bin/true', compiler: '/usr/bin/true', npm: 'npm' });
    expect(() => findTools({ ...present, ...absent })).toThrow(sentence);
  });

  it.runIf(process.platform === 'linux')('refuses a full disk', async () => {
    await expect(checkDisk('/proc', 'cpu')).rejects.toThrow(
      /expected 2 GB free at \/proc, got 0\.0 GB; TRISCALE_CACHE=<folder>/,
    );
  });
});

describe('builds in the cache', () => {
  const cache = mkdtempSync(path.join(tmpdir(), 'triscale-engines-'));
  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  it('are listed with what they are, and removed', async () => {
    expect(await listInstalled(cache)).toEqual([]);
    await expect(removeInstalled({ cache })).rejects.toThrow(
      `expected a build in ${path.join(cache, 'engines')}, got none`,
    );

    const ready = buildOf('cpu', cache);
    const unfinished = buildOf('gpu', cache);
    const outdated = path.join(cache, 'engines/tensorflow-cpu-1.15.0');
    for (const folder of [ready.folder, unfinished.folder, outdated]) mkdirSync(folder, { recursive: true });
    writeFileSync(ready.record, JSON.stringify({ device: 'a CPU' }));
    writeFileSync(path.join(unfinished.folder, 'part'), 'x'.repeat(1000));
    expect(await listInstalled(cache)).toMatchObject([
      { form: 'cpu', version: '1.15.0', state: 'outdated', device: null, folder: outdated, bytes: 0 },
      { form: 'cpu', version: versions.tensorflow, state: 'ready', device: 'a CPU' },
      { form: 'gpu', version: versions.tensorflow, state: 'unfinished', device: null, bytes: 1000 },
    ]);

    expect((await removeInstalled({ form: 'cpu', cache })).map(({ state }) => state)).toEqual(['outdated', 'ready']);
    expect((await listInstalled(cache)).map(({ form }) => form)).toEqual(['gpu']);
  });

  it('are named in the sentence when there is none, and a broken one says why it does not load', () => {
    const load = (): string => {
      const source = `import { loadEngine } from ${JSON.stringify(path.join(dist, 'index.js'))};
        await loadEngine('tensorflow').then(() => process.exit(1), (error) => console.log(error.code, error.message));`;
      const env = { ...process.env, TRISCALE_CACHE: cache };
      return execFileSync(process.execPath, ['--input-type=module', '-e', source], { env, encoding: 'utf8' });
    };
    expect(load()).toMatch(
      /^missing-part engine tensorflow: it is not installed; triscale engine install tensorflow builds it/,
    );
    const broken = buildOf('cpu', cache);
    mkdirSync(path.dirname(broken.binding), { recursive: true });
    writeFileSync(broken.binding, 'no library');
    writeFileSync(broken.record, '{}');
    expect(load()).toMatch(
      /^missing-part engine tensorflow: what is there does not load \(the build in .*: .*\); triscale/,
    );
  });
});

describe.skipIf(missing(tensorflow))('an installation', () => {
  let built: Build;
  beforeAll(async () => {
    built = await tensorflowBuild();
  }, buildTimeoutMs);

  it('that is complete is done at once', async () => {
    const progress: InstallProgress[] = [];
    const installed = await installTensorflow({
      form: 'cpu',
      cache: testCache,
      onProgress: (line) => progress.push(line),
    });
    expect(installed).toMatchObject({ state: 'ready', version: versions.tensorflow, folder: built.folder });
    expect(installed.bytes).toBeGreaterThan(5e8);
    expect(progress).toEqual([]);
  });

  it('that is killed in a step goes on from that step and ends with an engine that trains', {
    timeout: 300_000,
  }, async () => {
    // Beside the complete build, so that its parts can be linked in place of another download.
    const cache = mkdtempSync(path.join(testCache, 'resumed-'));
    const build = buildOf('cpu', cache);
    const link = (part: string, to: string): void => {
      execFileSync('cp', ['--archive', '--link', part, to]);
    };
    try {
      mkdirSync(build.folder, { recursive: true });
      link(built.packages, build.packages);
      rmSync(build.binding);

      await killWhen(cache, (progress) => progress.title === 'get the TensorFlow library' && progress.bytes > 2e7);
      expect(existsSync(build.library)).toBe(false);
      link(built.library, build.library);

      await killWhen(cache, (progress) => progress.title === 'compile the binding');
      expect(existsSync(build.binding)).toBe(false);
      expect((await listInstalled(cache)).map(({ state }) => state)).toEqual(['unfinished']);

      const titles = new Set<string>();
      const installed = await installTensorflow({ form: 'cpu', cache, onProgress: ({ title }) => titles.add(title) });
      expect([...titles]).toEqual(['compile the binding', 'train one step']);
      expect(installed.state).toBe('ready');
      expect(readdirSync(build.folder).filter((name) => name.startsWith('work-'))).toEqual([]);
      expect(statSync(build.binding).ino).not.toBe(statSync(built.binding).ino);
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  });
});

/** Starts an installation in a process of its own and kills it once its progress is there. */
async function killWhen(cache: string, reached: (progress: InstallProgress) => boolean): Promise<void> {
  const source = `import { installTensorflow } from ${JSON.stringify(path.join(dist, 'tfjs/tensorflow/install/install.js'))};
    await installTensorflow({ form: 'cpu', cache: ${JSON.stringify(cache)}, onProgress: (line) => process.send(line) });`;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_, signal) => resolve(signal)));
  child.on('message', (progress) => {
    if (reached(progress as InstallProgress)) child.kill('SIGKILL');
  });
  expect(await ended).toBe('SIGKILL');
}
