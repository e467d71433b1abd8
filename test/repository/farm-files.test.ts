import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { triscale } from '../support/command-line.js';

/** What starts a farm elsewhere than in a test: it must at least name commands, flags, variables and files that there are. */
const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const page = read('docs/farm.md');
const dockerfile = read('Dockerfile');

/** Flags that a command has, by its help. */
const flags = new Map<string, Set<string>>();
beforeAll(async () => {
  const { out } = await triscale(['--help']);
  const commands = [...out.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name]) => name as string);
  const needed = ['run', 'worker', 'workers', 'status', 'dashboard', 'engine', ...steering];
  expect(commands).toEqual(expect.arrayContaining(needed));
  const helps = await Promise.all(needed.map((command) => triscale([command, '--help'])));
  needed.forEach((command, i) => {
    flags.set(command, new Set([...(helps[i]?.out ?? '').matchAll(/--[a-z-]+/g)].map(([flag]) => flag)));
  });
});
const steering = ['pause', 'resume', 'stop', 'cancel', 'retry', 'extend'];

function expectFlags(command: string, args: readonly string[]): void {
  for (const arg of args.filter((one) => one.startsWith('--'))) expect(flags.get(command), command).toContain(arg);
}

interface Service {
  readonly build?: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly volumes: readonly string[];
}

describe('compose.yaml', () => {
  const { services, volumes } = parse(read('compose.yaml')) as {
    services: Readonly<Record<string, Service>>;
    volumes: Readonly<Record<string, null>>;
  };

  it('starts a Redis, a coordinator and workers by commands and flags that there are', () => {
    expect(Object.keys(services).sort()).toEqual(['coordinator', 'redis', 'worker']);
    for (const name of ['coordinator', 'worker']) {
      const [command = '', ...args] = services[name]?.command ?? [];
      expect(command).toBe(name === 'coordinator' ? 'run' : 'worker');
      expectFlags(command, args);
    }
  });

  it('has every volume and service that it names', () => {
    for (const { volumes: mounted, depends_on: needed = {} } of Object.values(services)) {
      for (const service of Object.keys(needed)) expect(services).toHaveProperty(service);
      for (const source of mounted.map((mount) => mount.split(':')[0] as string))
        if (!source.startsWith('.')) expect(volumes).toHaveProperty(source);
    }
  });

  it('keeps the password out of every command, and asks for one', () => {
    expect(read('compose.yaml')).not.toMatch(/redis:\/\/[^/]*:[^/]*@/);
    for (const { environment } of Object.values(services))
      expect(Object.values(environment)[0]).toMatch(/^\$\{REDIS_PASSWORD:\?/);
    expect(services.redis?.command.join(' ')).toMatch(/maxmemory-policy noeviction/);
  });
});

describe('the Dockerfile', () => {
  it('copies what there is and starts the command line', () => {
    for (const [, sources = ''] of dockerfile.matchAll(/^COPY --from=build \/app\/(\S+) /gm))
      expect(existsSync(path.join(root, sources)), sources).toBe(true);
    const [, main = ''] = /^ENTRYPOINT \["node", "\/app\/(\S+)"\]$/m.exec(dockerfile) ?? [];
    expect(existsSync(path.join(root, main)), main).toBe(true);
    const engines = JSON.parse(read('package.json')).engines.node as string;
    for (const [, major] of dockerfile.matchAll(/^FROM node:(\d+)/gm))
      expect(Number(major)).toBeGreaterThanOrEqual(Number(engines.replace(/\D/g, '')));
  });

  it('leaves out of the image what is made in it', () => {
    const ignored = read('.dockerignore').split('\n');
    for (const made of ['node_modules', 'dist', '.git', 'data', 'work']) expect(ignored).toContain(made);
  });
});

describe('the page on farms', () => {
  it('names commands and flags that there are, also in the unit of systemd', () => {
    const lines = [...page.matchAll(/triscale ([a-z]+)((?: [^`\n|]*)?)`/g)].map(
      ([, command, rest]) => [command, rest] as const,
    );
    expect(lines.length).toBeGreaterThan(6);
    for (const [command = '', rest = ''] of lines) {
      expect([...flags.keys()]).toContain(command);
      expectFlags(command, rest.split(/[ =]/));
    }
    const [, command = '', rest = ''] =
      /^ExecStart=\S+ \S+\/dist\/experiments\/cli\/main\.js (\S+)(.*)$/m.exec(page) ?? [];
    expect(command).toBe('worker');
    expectFlags(command, rest.split(' '));
  });

  it('is linked from the README', () => {
    expect(read('README.md')).toContain('(docs/farm.md)');
  });
});
