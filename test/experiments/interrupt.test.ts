import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StoreReader } from '../../db/reader.js';
import { readCheckpoint } from '../../workers/training/checkpoint-file.js';
import { scratchFolder } from '../support/scratch.js';
import { smallExperiment } from '../support/small-plan.js';
import { until } from '../support/until.js';

const folder = scratchFolder('interrupt');
const main = path.resolve(import.meta.dirname, '../../dist/experiments/cli/main.js');
/** From Ctrl-C to the end of the process, on a busy machine. */
const patienceMs = 10_000;

const experiment = smallExperiment({ depths: 1, replicates: 1, seedBudget: 0, epochs: 16, images: 480 }) as {
  readonly baseline: object;
};
const experimentFile = path.join(folder, 'one-trial.json');
const networkFile = path.join(folder, 'tiny.json');
writeFileSync(experimentFile, JSON.stringify(experiment));
writeFileSync(networkFile, JSON.stringify(experiment.baseline));

/** A command in a group of processes of its own, as a terminal has it. */
class Command {
  private readonly child: ChildProcess;
  private readonly closed: Promise<number | null>;
  out = '';
  err = '';

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [main, ...args, '--json'], {
      cwd: folder,
      env: { ...process.env, TRISCALE_CACHE: path.join(folder, 'cache') },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.closed = new Promise((resolve) => this.child.once('close', resolve));
    onTestFinished(() => {
      if (this.groupLives()) process.kill(-this.pid, 'SIGKILL');
    });
  }

  /** Resolves with the exit code. */
  end(): Promise<number | null> {
    return this.closed;
  }

  /** What it has said with this name. */
  events(name: string): { readonly [key: string]: unknown }[] {
    const whole = this.out.slice(0, this.out.lastIndexOf('\n') + 1);
    const lines = whole.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line)).filter(({ event }) => event === name);
  }

  /** Ctrl-C, and what must hold afterwards: it says so, and nothing of it is left. */
  async interrupt(): Promise<void> {
    process.kill(-this.pid, 'SIGINT');
    const begun = performance.now();
    expect(await this.end(), this.err).toBe(130);
    expect(performance.now() - begun).toBeLessThan(patienceMs);
    expect(this.err).toMatch(/triscale: stopped.* again to go on|triscale: stopped.*goes on/);
    await until(() => !this.groupLives(), patienceMs);
  }

  private get pid(): number {
    return this.child.pid as number;
  }

  private groupLives(): boolean {
    try {
      return process.kill(-this.pid, 0);
    } catch {
      return false;
    }
  }
}

/** The epochs of the checkpoint in a folder, which must be whole, with no unfinished file beside it. */
async function epochsOfCheckpoint(checkpoints: string): Promise<number> {
  expect(readdirSync(checkpoints).filter((name) => !name.endsWith('.checkpoint'))).toEqual([]);
  const checkpoint = await readCheckpoint(path.join(checkpoints, 'last.checkpoint'));
  return checkpoint?.header.epoch as number;
}

/** What of an epoch does not depend on the clock. */
function numbers(
  epochs: readonly { readonly wallMs: number | null; readonly imagesPerSecond: number | null }[],
): object[] {
  return epochs.map(({ wallMs: _, imagesPerSecond: __, ...rest }) => rest);
}

describe('Ctrl-C', { timeout: 180_000 }, () => {
  it('in a training on two threads: it ends, its checkpoint is whole, and it goes on to the same numbers', async () => {
    const how = ['--data', 'shapes', '--epochs', '6', '--batch', '16', '--engine', 'wasm', '--shards', '2'];
    const start = (out: string) => new Command(['train', networkFile, ...how, '--out', out]);
    const result = (out: string) => {
      const record = JSON.parse(readFileSync(path.join(folder, out, 'training.json'), 'utf8'));
      const { epochs, testAccuracy, shards } = record;
      expect(shards).toBe(2);
      // The files of the weights are named by their content.
      return { epochs: numbers(epochs), testAccuracy, weights: readdirSync(path.join(folder, out, 'model')).sort() };
    };
    expect(await start('undisturbed').end()).toBe(0);

    const measuring = start('disturbed');
    await until(() => measuring.err.includes('2 threads'));
    await sleep(200);
    await measuring.interrupt();
    let done = 0;
    for (const epochs of [1, 2]) {
      const training = start('disturbed');
      await until(() => training.events('epoch').length === epochs);
      await sleep(50);
      await training.interrupt();
      expect(training.events('epoch')[0]).toMatchObject({ epoch: done + 1 });
      const kept = await epochsOfCheckpoint(path.join(folder, 'disturbed', 'checkpoints'));
      expect(kept).toBeGreaterThanOrEqual(done + epochs);
      done = kept;
    }
    expect(done).toBeLessThan(6);
    const last = start('disturbed');
    expect(await last.end(), last.err).toBe(0);
    expect(last.events('epoch')[0]).toMatchObject({ epoch: done + 1 });
    expect(result('disturbed')).toEqual(result('undisturbed'));
  });

  it('in a search whose trials are split over two threads: the same', async () => {
    for (const name of ['undisturbed', 'disturbed']) mkdirSync(path.join(folder, `${name}-search`));
    const storeOf = (name: string) => path.join(folder, `${name}-search`, 'search.sqlite');
    const start = (name: string) =>
      new Command(['run', experimentFile, '--store', storeOf(name), '--workers', '2', '--engine', 'wasm']);
    const result = (name: string) => {
      const reader = StoreReader.open(storeOf(name));
      const [trial] = reader.trials(1);
      const epochs = numbers(reader.curve(trial!.id));
      reader.close();
      if (trial?.state !== 'completed') throw new Error(`the trial is ${trial?.state}`);
      const { device, validationAccuracy, validationLoss } = trial.result;
      return { epochs, device, validationAccuracy, validationLoss };
    };
    const code = await start('undisturbed').end();

    let done = 0;
    for (const epochs of [2, 2]) {
      const search = start('disturbed');
      await until(() => search.events('epoch').length >= epochs);
      await sleep(20);
      await search.interrupt();
      expect(search.events('trial-started')).toMatchObject([{ resumedAtEpoch: done }]);
      const trials = path.join(`${storeOf('disturbed')}.d`, 'checkpoints');
      const [trial] = readdirSync(trials);
      const kept = await epochsOfCheckpoint(path.join(trials, trial as string));
      expect(kept).toBeGreaterThanOrEqual(done + epochs);
      done = kept;
    }
    expect(done).toBeLessThan(16);
    expect(await start('disturbed').end()).toBe(code);
    expect(result('disturbed')).toEqual(result('undisturbed'));
    expect(result('disturbed').device).toContain('2 threads');
    expect(readdirSync(path.dirname(storeOf('disturbed'))).sort()).toEqual(
      readdirSync(path.dirname(storeOf('undisturbed'))).sort(),
    );
  });
});
