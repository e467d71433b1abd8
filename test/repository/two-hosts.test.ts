import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { StoreReader } from '../../db/reader.js';
import { Random } from '../../search/base/random.js';
import { missing, parts } from '../support/parts.js';
import { freePort } from '../support/redis.js';
import { scratchFolder } from '../support/scratch.js';
import { smallExperiment } from '../support/small-plan.js';

/** The walk-through of docs/farm.md for two hosts, as it stands there: on two network namespaces, or on two folders where there are none. */
const root = path.resolve(import.meta.dirname, '../..');
const section = readFileSync(path.join(root, 'docs/farm.md'), 'utf8').split('## Two hosts')[1] ?? '';
const [coordinating = '', joining = ''] = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, script]) => script);
const folder = scratchFolder('two-hosts');
const spaces = [`ts-a-${process.pid}`, `ts-b-${process.pid}`] as const;
const isolated = makeSpaces();
afterAll(() => {
  if (isolated) for (const space of spaces) spawnSync('ip', ['netns', 'del', space]);
});

/** Two hosts, 10.0.0.5 and 10.0.0.6, joined by a cable; false where this user may not make them. */
function makeSpaces(): boolean {
  const ip = (line: string): void => void execFileSync('ip', line.split(' '), { stdio: 'pipe' });
  const [a, b] = spaces;
  try {
    for (const space of spaces) ip(`netns add ${space}`);
    ip(`link add veth0 netns ${a} type veth peer name veth0 netns ${b}`);
    ip(`-n ${a} addr add 10.0.0.5/24 dev veth0`);
    ip(`-n ${b} addr add 10.0.0.6/24 dev veth0`);
    for (const space of spaces) for (const device of ['lo', 'veth0']) ip(`-n ${space} link set ${device} up`);
    return true;
  } catch {
    for (const space of spaces) spawnSync('ip', ['netns', 'del', space]);
    process.stderr.write(
      'the walk-through runs in two folders of one host: two network namespaces need root on Linux\n',
    );
    return false;
  }
}

/** Runs a script of that page on a host, in a group of processes of its own. */
function on(host: 0 | 1, script: string, home: string, port: number): ChildProcess {
  mkdirSync(path.join(home, 'bin'), { recursive: true });
  const npx = path.join(home, 'bin/npx');
  const main = path.join(root, 'dist/experiments/cli/main.js');
  writeFileSync(npx, `#!/bin/sh\nshift\nexec ${process.execPath} ${main} "$@"\n`);
  chmodSync(npx, 0o755);
  // Other users of this machine have a /srv of their own.
  let own = script.replaceAll('/srv/datasets', path.join(home, 'srv/datasets'));
  if (!isolated) own = own.replaceAll('10.0.0.5', '127.0.0.1').replaceAll('6379', String(port));
  const [command, ...args] = isolated ? ['ip', 'netns', 'exec', spaces[host], 'bash'] : ['bash'];
  return spawn(command as string, [...args, '-c', own], {
    cwd: home,
    env: {
      ...process.env,
      PATH: `${path.join(home, 'bin')}:${process.env.PATH}`,
      HOME: home,
      TRISCALE_CACHE: path.join(home, 'cache'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid as number), signal);
  } catch {
    // All of them are gone already.
  }
}

describe.skipIf(missing(parts.redis))('the walk-through of docs/farm.md for two hosts', () => {
  it(`trains on the host that has the images and chooses on the other one (${isolated ? 'two network namespaces' : 'two folders'})`, async () => {
    expect(coordinating).toContain('npx triscale run flowers.jsonc --redis');
    expect(joining).toContain('npx triscale worker --redis');
    const [coordinator, worker] = [path.join(folder, 'coordinator'), path.join(folder, 'worker')] as const;
    for (const home of [coordinator, worker]) mkdirSync(home);
    const experiment = {
      ...smallExperiment({ depths: 2, replicates: 1, seedBudget: 0 }),
      data: { source: 'folder', path: '/home/ada/flowers' },
    };
    writeFileSync(path.join(coordinator, 'flowers.jsonc'), JSON.stringify(experiment));
    await drawFlowers(path.join(worker, 'srv/datasets/flowers'));
    const port = await freePort();
    const run = on(0, coordinating, coordinator, port);
    const said = Promise.all([text(run.stdout!), text(run.stderr!)]);
    const ended = once(run, 'exit');
    // A worker that comes before there is a server is told so and ends; a service manager would start it again.
    let joined: ChildProcess | null = null;
    const join = (): void => {
      joined = on(1, joining, worker, port);
      for (const said of [joined.stdout, joined.stderr]) said?.resume();
      joined.once('exit', (code) => {
        if (code === 2) join();
      });
    };
    join();
    try {
      const [code] = await ended;
      // The server that the script has started in the background goes with it.
      end(run, 'SIGTERM');
      const [out, err] = await said;
      expect({ code, err }).toEqual({ code: 0, err: expect.any(String) });
      expect(out).toContain('Export');
      expect(out + err).not.toContain('the-password');
    } finally {
      for (const child of [run, joined]) if (child) end(child, 'SIGKILL');
    }
    const reader = StoreReader.open(path.join(coordinator, 'runs/small.sqlite'));
    expect(reader.searches()[0]?.trials).toMatchObject({ completed: 2 });
    expect(reader.attempts(1).every(({ engine }) => engine !== null)).toBe(true);
    reader.close();
    // Nothing of the images has come to the coordinator.
    expect(existsSync(path.join(coordinator, 'cache'))).toBe(false);
  }, 180_000);
});

/** Twelve classes of images that differ in colour, as many as the small network tells apart. */
async function drawFlowers(home: string): Promise<void> {
  const random = new Random(1);
  for (let flower = 0; flower < 12; flower++) {
    const own = path.join(home, `flower${flower}`);
    mkdirSync(own, { recursive: true });
    for (let image = 0; image < 12; image++) {
      const pixels = Buffer.from(
        Array.from({ length: 3 * 16 * 16 }, (_, i) => 20 * flower * (i % 3 === flower % 3 ? 1 : 0) + random.below(30)),
      );
      await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
        .png()
        .toFile(path.join(own, `${image}.png`));
    }
  }
}
