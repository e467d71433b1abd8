import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StoreReader } from '../../../db/reader.js';
import { readCheckpoint } from '../../../workers/training/checkpoint-file.js';
import { childrenOf } from '../../support/resident.js';
import { RunningCommand } from '../../support/running-command.js';
import { scratchFolder } from '../../support/scratch.js';
import { smallExperiment } from '../../support/small-plan.js';
import { until } from '../../support/until.js';

const folder = scratchFolder('interrupt');
/** From Ctrl-C to the end of the process, on a busy machine. */
const patienceMs = 10_000;

const experiment = smallExperiment({ depths: 1, replicates: 1, seedBudget: 0, epochs: 16, images: 480 }) as {
  readonly baseline: object;
};
const experimentFile = path.join(folder, 'one-trial.json');
const networkFile = path.join(folder, 'tiny.json');
writeFileSync(experimentFile, JSON.stringify(experiment));
writeFileSync(networkFile, JSON.stringify(experiment.baseline));

/** Ctrl-C, and what must hold afterwards: the command says so in its last line, and nothing of it is left. */
async function interrupt(command: RunningCommand, lastLine = /^triscale: stopped.*to continue/m): Promise<void> {
  command.signal('SIGINT');
  const begun = performance.now();
  expect(await command.end, command.err).toBe(130);
  expect(performance.now() - begun).toBeLessThan(patienceMs);
  expect(command.err).toMatch(lastLine);
  await until(() => !command.isAlive(), patienceMs);
}

function start(...args: string[]): RunningCommand {
  return new RunningCommand(args, { cwd: folder, env: { TRISCALE_CACHE: path.join(folder, 'cache') } });
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
  it.skipIf(process.platform !== 'linux')('while an engine is tried: it ends', async () => {
    const doctor = start('doctor', '--engine', 'wasm');
    await until(() => childrenOf(doctor.pid).length > 0);
    await interrupt(doctor, /^triscale: stopped$/m);
  });

  it('in a training on two threads: it ends, its checkpoint is whole, and it goes on to the same numbers', async () => {
    // Far more than the signal takes to arrive.
    const epochs = 40;
    const how = ['--data', 'shapes', '--epochs', String(epochs), '--batch', '16', '--engine', 'wasm', '--shards', '2'];
    const train = (out: string) => start('train', networkFile, ...how, '--out', out);
    const result = (out: string) => {
      const record = JSON.parse(readFileSync(path.join(folder, out, 'training.json'), 'utf8'));
      const { testAccuracy, shards } = record;
      expect(shards).toBe(2);
      expect(record.epochs).toHaveLength(epochs);
      // The files of the weights are named by their content.
      return {
        epochs: numbers(record.epochs),
        testAccuracy,
        weights: readdirSync(path.join(folder, out, 'model')).sort(),
      };
    };
    expect(await train('undisturbed').end).toBe(0);

    const measuring = train('disturbed');
    await until(() => measuring.err.includes('2 threads'));
    await sleep(200);
    await interrupt(measuring);
    expect(measuring.events('epoch')).toEqual([]);
    const training = train('disturbed');
    await until(() => training.events('epoch').length >= 2);
    await sleep(50);
    await interrupt(training);
    const done = await epochsOfCheckpoint(path.join(folder, 'disturbed', 'checkpoints'));
    expect(done).toBeGreaterThanOrEqual(2);
    expect(done).toBeLessThan(epochs);
    const last = train('disturbed');
    expect(await last.end, last.err).toBe(0);
    expect(last.events('epoch')[0]).toMatchObject({ epoch: done + 1 });
    expect(result('disturbed')).toEqual(result('undisturbed'));
  });

  it('in a search whose trials are split over two threads: the same', async () => {
    for (const name of ['undisturbed', 'disturbed']) mkdirSync(path.join(folder, `${name}-search`));
    const storeOf = (name: string) => path.join(folder, `${name}-search`, 'search.sqlite');
    const run = (name: string) =>
      start('run', experimentFile, '--store', storeOf(name), '--workers', '2', '--engine', 'wasm');
    const result = (name: string) => {
      const reader = StoreReader.open(storeOf(name));
      const [trial] = reader.trials(1);
      const epochs = numbers(reader.curve(trial!.id));
      reader.close();
      if (trial?.state !== 'completed') throw new Error(`the trial is ${trial?.state}`);
      const { device, validationAccuracy, validationLoss } = trial.result;
      return { epochs, device, validationAccuracy, validationLoss };
    };
    const code = await run('undisturbed').end;

    const search = run('disturbed');
    await until(() => search.events('epoch').length >= 2);
    await sleep(20);
    await interrupt(search);
    const trials = path.join(`${storeOf('disturbed')}.d`, 'checkpoints');
    const [trial] = readdirSync(trials);
    const done = await epochsOfCheckpoint(path.join(trials, trial as string));
    expect(done).toBeGreaterThanOrEqual(2);
    expect(done).toBeLessThan(16);
    const last = run('disturbed');
    expect(await last.end, last.err).toBe(code);
    expect(last.events('trial-started')).toMatchObject([{ resumedAtEpoch: done }]);
    expect(result('disturbed')).toEqual(result('undisturbed'));
    expect(result('disturbed').device).toContain('2 threads');
    expect(readdirSync(path.dirname(storeOf('disturbed'))).sort()).toEqual(
      readdirSync(path.dirname(storeOf('undisturbed'))).sort(),
    );
  });
});
