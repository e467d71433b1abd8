import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkedOutcome } from '../../../search/plan/outcomes.js';
import type { TrialEvent, TrialJob } from '../../../workers/executors/contract.js';
import { runTrial } from '../../../workers/trial/spawn.js';
import { simulatedJob } from '../../support/jobs.js';
import { completedOutcome } from '../../support/outcomes.js';
import { scratchFolder } from '../../support/scratch.js';

/** Simulated trials, so that what is tested is the process and not the training: that is in train.test.ts. */
const slow = { epochMs: 60_000 };
const folder = scratchFolder('trial-process');
const ended = { protocol: 2, trialId: 't', attempt: 1, token: 'x' };

function start(job: TrialJob, graceMs?: number, env?: Record<string, string>) {
  const controller = new AbortController();
  const events: TrialEvent[] = [];
  let begin: (pid: number) => void;
  const started = new Promise<number>((resolve) => {
    begin = resolve;
  });
  const result = runTrial(job, {
    cacheFolder: '/nowhere',
    signal: controller.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.type === 'started') begin(event.provenance.pid);
    },
    ...(graceMs !== undefined && { graceMs }),
    ...(env && { env }),
  });
  return { controller, events, started, result };
}

describe('the process of a trial', () => {
  it('tells of its epochs and its result, and is gone then', async () => {
    const trial = start(simulatedJob('t'));
    const { outcome, ...rest } = await trial.result;
    expect(rest).toEqual({ protocol: 2, trialId: 't', attempt: 1, token: 'token of t' });
    expect(outcome.state).toBe('completed');
    expect(trial.events.map(({ type }) => type).slice(0, 2)).toEqual(['started', 'epoch']);
    const pid = await trial.started;
    expect(pid).not.toBe(process.pid);
    expect(isAlive(pid)).toBe(false);
  });

  it('is cancelled by an aborted signal, also before it has begun', async () => {
    const trial = start(simulatedJob('t', slow));
    const pid = await trial.started;
    trial.controller.abort();
    expect((await trial.result).outcome).toEqual({ state: 'cancelled' });
    expect(isAlive(pid)).toBe(false);

    const early = start(simulatedJob('t', slow));
    early.controller.abort();
    expect((await early.result).outcome).toEqual({ state: 'cancelled' });
  });

  it('is killed when it does not end within the grace period', async () => {
    const trial = start(simulatedJob('t', slow), 200);
    const pid = await trial.started;
    process.kill(pid, 'SIGSTOP');
    trial.controller.abort();
    expect((await trial.result).outcome).toEqual({ state: 'cancelled' });
    expect(isAlive(pid)).toBe(false);
  });

  it('ends at its time limit, and is ended when it does not', async () => {
    const own = start(simulatedJob('t', slow, { timeLimitMs: 300 }));
    const outcome = (await own.result).outcome;
    expect(outcome.state).toBe('timeout');
    expect(outcome.state === 'timeout' && outcome.afterMs).toBeGreaterThanOrEqual(299);

    const stuck = start(simulatedJob('t', slow, { timeLimitMs: 2000 }), 200);
    process.kill(await stuck.started, 'SIGSTOP');
    const ended = (await stuck.result).outcome;
    expect(ended.state).toBe('timeout');
    expect(ended.state === 'timeout' && ended.afterMs).toBeGreaterThanOrEqual(2199);
  });

  it('that is killed or terminated from outside is lost, or out of memory where the system may have killed it', async () => {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const trial = start(simulatedJob('t', slow));
      process.kill(await trial.started, signal);
      const { outcome } = await trial.result;
      expect(signal === 'SIGTERM' ? ['lost'] : ['lost', 'oom']).toContain(outcome.state);
      expect(outcome.state === 'lost' && outcome.message).toMatch(/from outside/);
    }
  });

  it('that ends without a word has crashed, with its exit code and its last lines', async () => {
    // A job that is no job: the process fails on it outside every handler.
    const trial = start({ ...simulatedJob('t'), simulation: {} as TrialJob['simulation'] });
    const { outcome } = await trial.result;
    expect(outcome.state).toBe('crashed');
    expect(outcome.state === 'crashed' && outcome.message).toMatch(/exit code 1: .*TypeError/s);
  });

  it.each([
    [
      'a count that is no number',
      { ...ended, outcome: completedOutcome({ peakBytes: Number.NaN }) },
      /outcome\.peakBytes: expected/,
    ],
    [
      'a result without its fields',
      { ...ended, outcome: { state: 'completed' } },
      /outcome\.validationAccuracy: expected/,
    ],
    [
      'an outcome that there is not',
      { ...ended, outcome: { state: 'splendid' } },
      /expected one of completed, .*"splendid"/,
    ],
    ['another protocol', { ...ended, protocol: 99, outcome: completedOutcome() }, /protocol/],
    ['nothing at all', 'done', /expected/],
  ])('that sends %s has crashed, and says with what', async (_, result, fault) => {
    const message = result === 'done' ? result : { type: 'result', result };
    const trial = start(simulatedJob('t', slow), 200, preload('message', `process.send(${JSON.stringify(message)});`));
    const { outcome } = await trial.result;
    expect(outcome).toMatchObject({ state: 'crashed', message: expect.stringMatching(fault) });
  });

  it('that sends an event nobody can read has crashed', async () => {
    const event = { type: 'epoch', trialId: 't', attempt: 1, token: 'x', metrics: { epoch: 'one' } };
    const send = `process.send(${JSON.stringify({ type: 'event', event })});`;
    const { outcome } = await start(simulatedJob('t', slow), 200, preload('event', send)).result;
    expect(outcome).toMatchObject({ state: 'crashed', message: expect.stringMatching(/metrics\.epoch: expected/) });
  });

  it('whose accuracy was NaN, which the pipe makes null, has a NaN and no number', async () => {
    const outcome = completedOutcome({ validationAccuracy: Number.NaN });
    const send = `process.send(${JSON.stringify({ type: 'result', result: { ...ended, outcome } })});`;
    const { outcome: received } = await start(simulatedJob('t', slow), 200, preload('nan', send)).result;
    expect(received).toEqual(outcome);
    expect(checkedOutcome(received)).toEqual({ state: 'diverged', atEpoch: 2 });
  });

  it('is over when it is gone, also while something that it started keeps its standard error open', async () => {
    const pidFile = path.join(folder, 'grandchild');
    const code = `
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
      child.unref();
      writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));`;
    const { outcome } = await start(simulatedJob('t'), undefined, preload('grandchild', code)).result;
    const grandchild = Number(readFileSync(pidFile, 'utf8'));
    onTestFinished(() => void process.kill(grandchild));
    expect(outcome.state).toBe('completed');
    expect(isAlive(grandchild)).toBe(true);
  });

  it('does not outlive its parent by more than two seconds, also while it is busy', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'triscale-parent-'));
    const spawnModule = fileURLToPath(new URL('../../../dist/workers/trial/spawn.js', import.meta.url));
    const watchdogModule = fileURLToPath(new URL('../../../dist/workers/trial/watchdog.js', import.meta.url));
    // One child trains, as far as its event loop can tell; the other never lets its event loop have a turn.
    await writeFile(
      path.join(folder, 'busy.mjs'),
      `import { endWithParent } from ${JSON.stringify(watchdogModule)};
       endWithParent(Number(process.argv[2]));
       process.send(process.pid, () => { for (;;); });`,
    );
    await writeFile(
      path.join(folder, 'parent.mjs'),
      `import { fork } from 'node:child_process';
       import { runTrial } from ${JSON.stringify(spawnModule)};
       const say = (pid) => console.log(pid);
       const job = ${JSON.stringify(simulatedJob('t', slow))};
       const signal = new AbortController().signal;
       runTrial(job, { cacheFolder: '/nowhere', signal, onEvent: ({ provenance }) => provenance && say(provenance.pid) });
       fork(${JSON.stringify(path.join(folder, 'busy.mjs'))}, [String(process.pid)]).on('message', say);`,
    );
    const parent = spawn(process.execPath, [path.join(folder, 'parent.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pids: number[] = [];
    for await (const text of parent.stdout.setEncoding('utf8')) {
      pids.push(...String(text).trim().split('\n').map(Number));
      if (pids.length === 2) break;
    }
    expect(pids.map(isAlive)).toEqual([true, true]);
    // The busy one is deaf to its channel by now.
    await sleep(300);
    parent.kill('SIGKILL');
    const killed = performance.now();
    while (pids.some(isAlive) && performance.now() - killed < 10_000) await sleep(20);
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(performance.now() - killed).toBeLessThan(2000);
    await rm(folder, { recursive: true });
  });
});

/** Variables that make the process of a trial run this code before anything else. */
function preload(name: string, code: string): Record<string, string> {
  const file = path.join(folder, `${name}.mjs`);
  const main = path.join(folder, `${name}-main.mjs`);
  writeFileSync(main, code);
  // The watchdog is a thread of that process, which would run it too.
  writeFileSync(
    file,
    `import { isMainThread } from 'node:worker_threads';\nif (isMainThread) await import(${JSON.stringify(main)});`,
  );
  return { NODE_OPTIONS: `--import ${pathToFileURL(file).href}` };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
