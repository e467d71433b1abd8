import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import type { Overview } from '../../../dashboard/api.js';
import { main } from '../../support/running-command.js';
import { scratchFolder } from '../../support/scratch.js';

const folder = scratchFolder('run-dashboard');
const root = path.resolve(import.meta.dirname, '../../..');

it('run --dashboard serves the page while the search runs, which can be stopped from there', async () => {
  const experiment = path.join(folder, 'small.json');
  writeFileSync(experiment, readFileSync(path.join(root, 'experiments/demo.json')));
  const search = spawn(
    process.execPath,
    [
      ...[main, 'run', experiment, '--yes', '--json', '--dashboard', '0'],
      ...['--simulate', '{"epochMs":300}', '--store', path.join(folder, 'small.sqlite'), '--workers', '1'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const closed = new Promise<number | null>((resolve) => search.on('close', resolve));
  let served: { url: string; controlUrl: string } | undefined;
  for await (const line of createInterface({ input: search.stdout })) {
    const event = JSON.parse(line);
    if (event.event === 'dashboard') served = event;
    // Whatever the machine is at, the search has begun: what the page shows comes from the store.
    if (event.event !== 'trial-ended' || !served) continue;
    const { url, controlUrl } = served;
    const overview = (await (await fetch(`${url}api/searches`)).json()) as Overview;
    expect(overview.searches[0]).toMatchObject({ name: 'demo', state: 'running', simulated: true });
    expect(overview.searches[0]!.trials.completed).toBeGreaterThan(0);
    const answer = await fetch(`${url}api/searches/1/control`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${new URL(controlUrl).searchParams.get('token')}`,
        'content-type': 'application/json',
      },
      body: '{"command":"stop"}',
    });
    expect(await answer.json()).toEqual({ message: 'stopping once the running trials have finished', count: null });
    served = undefined;
  }
  // Interrupted by the reader's wish; the same command goes on.
  expect(await closed).toBe(130);
}, 60_000);
