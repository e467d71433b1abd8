import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SearchEvent } from '../../../experiments/run/coordinator/search-events.js';
import { MetricsServer } from '../../../experiments/run/metrics.js';
import { runSearch } from '../../../experiments/run/search-run.js';
import { InputError } from '../../../search/base/errors.js';
import { freePort } from '../../support/redis.js';
import { scratchFolder } from '../../support/scratch.js';
import { simulation } from '../../support/simulated.js';
import { smallPlan } from '../../support/small-plan.js';

const folder = scratchFolder('metrics');

/** Samples by their name with its labels. */
async function scrape(port: number): Promise<Map<string, number>> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

describe('figures for Prometheus', () => {
  it('tell of a search while it runs: queue, trials by state, attempts by outcome, retries, images a second', async () => {
    const port = await freePort();
    const plan = smallPlan({ depths: 2, replicates: 5 });
    const faults = { crash: 0.4 };
    let seen: Map<string, number> | null = null;
    const ended: SearchEvent[] = [];
    const scraping: Promise<void>[] = [];
    await runSearch({
      plan,
      simulation: simulation({ epochMs: 20, faults }),
      storeFile: path.join(folder, 'a.sqlite'),
      workers: 2,
      cacheFolder: folder,
      metrics: { port },
      onEvent: (event) => {
        if (event.event !== 'trial-ended') return;
        ended.push(event);
        if (ended.length !== 6) return;
        scraping.push(
          scrape(port).then((samples) => {
            seen = samples;
          }),
        );
      },
    });
    await Promise.all(scraping);
    const samples = seen as Map<string, number> | null;
    expect(samples).not.toBeNull();
    const at = (name: string) => samples?.get(name) ?? 0;
    const over = at('triscale_trials{state="completed"}') + at('triscale_trials{state="failed"}');
    expect(over).toBeGreaterThan(0);
    const all = ['queued', 'running', 'completed', 'failed'].map((state) => at(`triscale_trials{state="${state}"}`));
    expect(all.reduce((sum, count) => sum + count, 0)).toBe(plan.trials.length);
    expect(at('triscale_queue_length')).toBe(at('triscale_trials{state="queued"}'));
    const attempts =
      at('triscale_attempts_total{outcome="completed"}') + at('triscale_attempts_total{outcome="crashed"}');
    expect(attempts).toBeGreaterThanOrEqual(6);
    expect(at('triscale_retries_total')).toBe(attempts - over);
    expect(samples?.has('triscale_images_per_second')).toBe(true);
    // The server ends with the search.
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('are served on loopback alone, under one path, to those who read', async () => {
    const metrics = await MetricsServer.listen({ port: 0 });
    const base = `http://127.0.0.1:${metrics.port}`;
    expect((await fetch(`${base}/metrics`)).status).toBe(200);
    expect((await fetch(`${base}/`)).status).toBe(404);
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(404);
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one?.family === 'IPv4' && !one.internal);
    for (const other of others)
      await expect(fetch(`http://${other?.address}:${metrics.port}/metrics`)).rejects.toThrow();
    await metrics.close();
  });

  it('are refused in one sentence where somebody else has the port', async () => {
    const metrics = await MetricsServer.listen({ port: 0 });
    await expect(MetricsServer.listen({ port: metrics.port })).rejects.toThrow(
      new InputError(
        'bad-value',
        `--metrics: expected a free port that this user may open, got ${metrics.port}, which is in use`,
      ),
    );
    await metrics.close();
  });
});
