import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { triscale } from '../../support/command-line.js';
import { scratchFolder } from '../../support/scratch.js';
import { fillSimulatedStore } from '../../support/simulated-store.js';

const folder = scratchFolder('family-command');
const store = path.join(folder, 'small.sqlite');
beforeAll(() => {
  fillSimulatedStore(store);
});
const family = (...args: string[]) => triscale(['family', store, ...args], { cwd: folder });

describe('family', () => {
  it('shows the chosen coefficients at each φ, beside what else the same compute buys', async () => {
    const { out, code } = await family('--phi', '-1,0,1.5', '--json');
    expect(code).toBe(0);
    const record = JSON.parse(out);
    const chosen = JSON.parse((await triscale(['select', store, '--json'])).out).chosen;
    const { alpha, beta, gamma } = chosen;
    expect(record.chosen).toEqual({ alpha, beta, gamma });
    const members = record.rows.filter((row: { rule: string }) => row.rule === 'compound');
    expect(members.map((row: { phi: number }) => row.phi)).toEqual([-1, 0, 1.5]);
    expect(members[1].realised).toBe(1);
    for (const row of record.rows) {
      const member = members.find(({ phi }: { phi: number }) => phi === row.phi);
      expect(Math.abs(Math.log2(row.realised / member.realised))).toBeLessThan(0.6);
      expect(row.peakBytes).toBeGreaterThan(0);
      expect(row.predictedWallMs).toBeGreaterThan(0);
    }
    expect(existsSync(path.join(folder, 'small.family.sqlite'))).toBe(false);
  });

  it('trains them on terms of their own store, compares the curves, and trains nothing twice', async () => {
    const train = async () => {
      const { out } = await family('--phi', '1', '--train', '--seeds', '3', '--workers', '2', '--json');
      return out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    };
    const events = await train();
    const last = events.at(-1);
    expect(last).toMatchObject({ event: 'finished', store: path.join(folder, 'small.family.sqlite') });
    const ids = new Set(last.rows.map(({ networkId }: { networkId: string }) => networkId));
    expect(Object.keys(last.trained).sort()).toEqual([...ids].sort());
    for (const { seeds, mean } of Object.values<{ seeds: number; mean: number }>(last.trained)) {
      expect(seeds).toBe(3);
      expect(mean).toBeGreaterThan(0);
    }
    expect(last.comparisons.map(({ rival }: { rival: string }) => rival)).toEqual([
      'depth',
      'width',
      'resolution',
      'fast',
    ]);
    for (const { interval } of last.comparisons) expect(interval).toHaveLength(2);
    const again = await train();
    expect(again.at(-1)).toEqual(last);
    expect(again.filter(({ event }) => event === 'trial-ended')).toEqual([]);
    await triscale(['export', store, '--format', 'family', '--phi', '1', '--out', 'family'], { cwd: folder });
    const csv = readFileSync(path.join(folder, 'family/family.csv'), 'utf8');
    const member = last.rows.find(({ rule, phi }: { rule: string; phi: number }) => rule === 'compound' && phi === 1);
    expect(csv).toContain(`,${last.trained[member.networkId].mean},`);
    const select = JSON.parse((await triscale(['select', store, '--json'])).out);
    expect(select.trials.completed).toBeGreaterThan(ids.size);
  }, 120_000);

  it('says the outcome in words', async () => {
    const { out } = await family('--phi', '1', '--train', '--seeds', '3');
    expect(out).toContain('Simulated: no network was trained.');
    expect(out).toContain('Accuracy against cost');
    expect(out).toMatch(/φ = 1: compound [+−]\d+\.\d+ points against (depth|width|resolution) alone/);
  }, 120_000);

  it('names a φ that scales beyond every size', async () => {
    const { err, code } = await family('--phi', '40');
    expect(code).toBe(2);
    expect(err).toMatch(/--phi: 40 is scaled to .*: expected at most/);
  });
});
