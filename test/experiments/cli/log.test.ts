import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { triscale } from '../../support/command-line.js';
import { missing, parts } from '../../support/parts.js';
import { TestRedis } from '../../support/redis.js';
import { main } from '../../support/running-command.js';
import { scratchFolder } from '../../support/scratch.js';
import { smallExperiment } from '../../support/small-plan.js';

const folder = scratchFolder('log');
const experiment = path.join(folder, 'small.json');
writeFileSync(experiment, JSON.stringify(smallExperiment({ depths: 2, replicates: 2 })));

interface Line {
  readonly level: string;
  readonly time: string;
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  readonly msg: string;
  readonly event?: string;
}

describe('--log json', () => {
  it('of run: every line of standard error is a record, what fails a warning', async () => {
    const simulate = JSON.stringify({ faults: { crash: 0.5 } });
    const store = path.join(folder, 'run.sqlite');
    const args = ['run', experiment, '--store', store, '--simulate', simulate, '--log', 'json', '--yes'];
    const { err } = await triscale(args, { cwd: folder });
    const lines = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(
      lines.every(({ command, level, time }) => command === 'run' && level && !Number.isNaN(Date.parse(time))),
    ).toBe(true);
    expect(lines.filter(({ event }) => event === 'trial-started').length).toBeGreaterThan(3);
    const ended = lines.filter(({ event }) => event === 'trial-ended') as (Line & { outcome: string })[];
    for (const { level, outcome } of ended) expect(level).toBe(outcome === 'completed' ? 'info' : 'warn');
    expect(new Set(ended.map(({ level }) => level)).size).toBe(2);
  });

  it.skipIf(missing(parts.redis))(
    'of worker: that it joins, what ends, that it leaves; no password',
    async () => {
      const redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
      onTestFinished(() => redis.kill());
      await redis.with((client) => client.config('SET', 'requirepass', 'open-sesame'));
      const env = { ...process.env, TRISCALE_REDIS: `redis://:open-sesame@127.0.0.1:${redis.port}` };
      const worker = spawn(process.execPath, [main, 'worker', '--engine', 'wasm', '--log', 'json'], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      onTestFinished(() => void worker.kill('SIGKILL'));
      const lines: Line[] = [];
      const ended = (async () => {
        for await (const line of createInterface({ input: worker.stderr })) {
          expect(line).not.toContain('open-sesame');
          lines.push(JSON.parse(line) as Line);
        }
      })();
      const url = `redis://127.0.0.1:${redis.port}`;
      const store = path.join(folder, 'farm.sqlite');
      const args = ['run', experiment, '--store', store, '--redis', url, '--simulate', '--yes'];
      const ran = await triscale(args, { cwd: folder, env: { TRISCALE_REDIS_PASSWORD: 'open-sesame' } });
      expect(ran.err + ran.out).not.toContain('open-sesame');
      worker.kill('SIGTERM');
      await ended;
      // A trial may be over before it is told that the worker has joined.
      const joined = lines.find(({ event }) => event === 'joined');
      expect(joined).toMatchObject({ command: 'worker', pid: worker.pid, msg: expect.stringMatching(/^joined as /) });
      expect(lines.filter(({ event }) => event === 'trial-ended')).toHaveLength(4);
      expect(lines.at(-1)).toMatchObject({ event: 'left' });
    },
    120_000,
  );
});
