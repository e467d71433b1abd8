import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { engineNames } from '../../../search/cost/engine-memory.js';
import { type EngineReport, probeEngines } from '../../../workers/engine/probe.js';
import { sampleCost } from '../../../workers/engine/sample.js';

describe('the probe of the engines', () => {
  const emptyCache = mkdtempSync(path.join(tmpdir(), 'triscale-probe-'));
  afterAll(() => rmSync(emptyCache, { recursive: true, force: true }));
  afterEach(() => vi.unstubAllEnvs());

  it('says how fast an engine trains, or what it lacks and the command that mends it', async () => {
    vi.stubEnv('TRISCALE_CACHE', emptyCache);
    const seen: EngineReport[] = [];
    const reports = await probeEngines({ engines: ['tensorflow', 'wasm'], onReport: (report) => seen.push(report) });
    expect(seen).toEqual(reports);
    const [tensorflow, wasm] = reports as [EngineReport, EngineReport];
    expect(tensorflow).toMatchObject({ engine: 'tensorflow', works: false });
    expect(tensorflow).toHaveProperty('reason', expect.stringContaining('triscale engine install tensorflow'));
    expect(wasm).toMatchObject({ engine: 'wasm', works: true, device: expect.stringMatching(/./) });
    if (!wasm.works) throw new Error(wasm.reason);
    expect(wasm.imagesPerSecond).toBeGreaterThan(1);
    expect(wasm.gigaflops).toBeCloseTo((wasm.imagesPerSecond * sampleCost.macs * 6) / 1e9, 6);
  });

  it('outlives an engine that brings its process down, and goes on with the next', async () => {
    // So small a heap that V8 aborts.
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=10');
    const reports = await probeEngines({ engines: ['wasm', 'cpu'] });
    expect(reports.map(({ engine }) => engine)).toEqual(['wasm', 'cpu']);
    for (const report of reports)
      expect(report).toHaveProperty(
        'reason',
        expect.stringMatching(/^its process ended (by SIG\w+|with exit code \d+): .*heap/),
      );
  });

  it('gives up on an engine that takes too long, and on all of them when it is told to', async () => {
    const [report] = await probeEngines({ engines: ['wasm'], timeLimitMs: 50 });
    expect(report).toHaveProperty('reason', 'it did not end within 0.05 s');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    await expect(probeEngines({ engines: ['wasm'], signal: stop.signal })).rejects.toThrow('aborted');
  });

  it('knows every engine of the registry', () => {
    expect([...engineNames].sort()).toEqual(['cpu', 'tensorflow', 'wasm', 'webgpu']);
  });
});

it('the sample network costs about 7 million multiply-adds an image', () => {
  expect(sampleCost.macs / 1e6).toBeCloseTo(6.6, 1);
});
