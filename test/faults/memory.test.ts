import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { median } from '../../search/base/median.js';
import { missing, parts } from '../support/parts.js';
import { TestRedis } from '../support/redis.js';
import { childrenOf, resident } from '../support/resident.js';
import { RunningCommand } from '../support/running-command.js';
import { scratchFolder } from '../support/scratch.js';
import { smallExperiment } from '../support/small-plan.js';
import { limitMs, times } from './long.js';

const folder = scratchFolder('faults-memory');
const trials = times(5, 50);
const experiment = path.join(folder, 'experiment.json');
writeFileSync(experiment, JSON.stringify(smallExperiment({ depths: 5, replicates: trials / 5, seedBudget: 0 })));

/** A command that trains trials in processes of its own, and the resident memory of all of them, bytes. */
class Watched {
  readonly command: RunningCommand;
  /** Of the command, whenever a trial has ended. */
  readonly afterTrial: number[] = [];
  /** Of the processes that it starts, by their ids in the order of their starts. */
  private readonly peaks = new Map<number, number>();

  constructor(name: string, ...args: string[]) {
    this.command = new RunningCommand(args, {
      cwd: folder,
      env: { TRISCALE_CACHE: path.join(folder, name) },
      onEvent: ({ event }) => {
        if (event === 'trial-ended') this.afterTrial.push(resident(this.command.pid)?.now ?? Number.NaN);
      },
    });
    const looking = setInterval(() => this.look(), 20);
    this.command.end.finally(() => clearInterval(looking));
  }

  /** The peak of each trial's process; the first process of all is the probe of the engine. */
  get trialPeaks(): number[] {
    return [...this.peaks.values()].slice(1);
  }

  private look(): void {
    for (const child of childrenOf(this.command.pid)) {
      const peak = resident(child)?.peak;
      if (peak) this.peaks.set(child, peak);
    }
  }
}

/**
 * The process that trains nothing itself holds what it held after the first trial, and trials hold what the first one held. New processes
 * differ by several per cent, so it is their median that is compared.
 */
function expectLevel({ afterTrial, trialPeaks }: Watched): void {
  expect(afterTrial).toHaveLength(trials);
  expect(trialPeaks).toHaveLength(trials);
  for (const bytes of afterTrial) expect(bytes).toBeLessThanOrEqual(1.1 * afterTrial[0]!);
  expect(median(trialPeaks.slice(1))).toBeLessThanOrEqual(1.1 * trialPeaks[0]!);
}

describe.skipIf(process.platform !== 'linux')(
  `the resident memory of ${trials} real trials, one after the other`,
  () => {
    it('in a worker of a farm stays within a tenth of that after the first', {
      timeout: limitMs(120_000),
      skip: missing(parts.redis),
    }, async () => {
      const redis = await TestRedis.start({ folder: path.join(folder, 'redis') });
      try {
        const server = ['--redis', `redis://127.0.0.1:${redis.port}`];
        const worker = new Watched('farm', 'worker', ...server, '--engine', 'wasm');
        const search = new Watched('farm', 'run', experiment, ...server, '--store', 'farm.sqlite');
        expect(await search.command.end, search.command.err).toBe(0);
        worker.command.signal('SIGINT');
        expect(await worker.command.end, worker.command.err).toBe(0);
        expectLevel(worker);
      } finally {
        await redis.kill();
      }
    });

    it('in a search on this machine stays within a tenth of that after the first', {
      timeout: limitMs(120_000),
    }, async () => {
      const search = new Watched(
        'local',
        'run',
        experiment,
        '--store',
        'local.sqlite',
        '--workers',
        '1',
        '--engine',
        'wasm',
      );
      expect(await search.command.end, search.command.err).toBe(0);
      expectLevel(search);
    });
  },
);
