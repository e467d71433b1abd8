import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseTarget } from '../../../experiments/cli/options/options.js';
import { byHand } from '../../../search/evidence/choice.js';
import { triscale } from '../../support/command-line.js';
import { scratchFolder } from '../../support/scratch.js';
import { fillSimulatedStore } from '../../support/simulated-store.js';

const folder = scratchFolder('questions');
const store = path.join(folder, 'small.sqlite');
beforeAll(() => {
  fillSimulatedStore(store);
});

async function ask(...args: string[]) {
  const { out, err, code } = await triscale([...args, '--json'], { cwd: folder });
  return { answer: JSON.parse(out), err, code };
}

describe('what-if', () => {
  it('meets a target of macs, and says how sure it is and that it trains nothing', async () => {
    const target = 60e6;
    const { answer } = await ask('what-if', store, '--target', 'macs=60M');
    expect(answer.simulated).toBe(true);
    // Repeats are rounded up in every stage at once, which moves the cost of so small a network in steps of up to 40 %.
    expect(Math.abs(answer.member.cost.macs / target - 1)).toBeLessThan(0.2);
    expect(answer.accuracy).toBeGreaterThan(0);
    expect(answer.accuracy).toBeLessThan(1);
    expect(answer.standardError).toBeGreaterThan(0);
    const { out } = await triscale(['what-if', store, '--target', 'macs=60M']);
    expect(out).toContain('Nothing was trained.');
  });

  it('stays within a target of memory, as near as it gets, and says where it extrapolates', async () => {
    const [small, large] = await Promise.all(
      ['300MiB', '8GiB'].map(async (memory) => (await ask('what-if', store, '--target', `memory=${memory}`)).answer),
    );
    expect(small.member.peakBytes).toBeLessThanOrEqual(300 * 2 ** 20);
    expect(large.member.peakBytes).toBeLessThanOrEqual(8 * 2 ** 30);
    expect(large.member.peakBytes).toBeGreaterThan(7 * 2 ** 30);
    expect(large.isExtrapolated).toBe(true);
    expect(large.member.cost.macs).toBeGreaterThan(small.member.cost.macs);
  });

  it('refuses a target that is none, and a search without enough results', async () => {
    const refused = await ask('what-if', store, '--target', 'macs=much');
    expect(refused.code).toBe(2);
    expect(refused.answer.message).toContain('--target: expected macs=3M or memory=2GiB, got "macs=much"');
    const few = path.join(folder, 'few.sqlite');
    fillSimulatedStore(few, { finish: 5 });
    expect((await ask('what-if', few, '--target', 'macs=60M')).answer.message).toContain(
      'what-if: expected finished networks enough for a quadratic surface',
    );
  });

  it('reads quantities with decimal prefixes for macs and binary ones for memory', () => {
    expect(parseTarget('macs=2.5G')).toEqual({ macs: 2.5e9 });
    expect(parseTarget('memory=1.5GiB')).toEqual({ memoryBytes: 1.5 * 2 ** 30 });
    expect(parseTarget('memory=1e9')).toEqual({ memoryBytes: 1e9 });
    for (const bad of ['macs=3MiB', 'memory=3M', 'macs=0', 'macs=-1', 'flops=3', 'macs=', 'macs=1.2.3'])
      expect(() => parseTarget(bad)).toThrow('--target: expected');
  });
});

describe('replay', () => {
  it('says what a rule would have saved, whether it would have kept the winner, and how rungs agree with the end', async () => {
    const { answer } = await ask('replay', store, '--eta', '3');
    expect(answer.sentence).toMatch(/^would have saved \d+ %, would (not )?have kept the winner$/);
    expect(answer.rungs.map(({ epochs }: { epochs: number }) => epochs)).toEqual([3, 9]);
    const [first, second] = answer.rungs;
    expect(first.promoted).toHaveLength(Math.ceil(first.judged.length / 3));
    expect(second.judged).toHaveLength(first.promoted.length);
    for (const { rankCorrelation } of answer.rungs) expect(Math.abs(rankCorrelation)).toBeLessThanOrEqual(1);
    expect(second.rankCorrelation).toBeGreaterThan(0.5);
    const lenient = await ask('replay', store, '--eta', '2', '--by', 'macs', '--first-epochs', '6');
    expect(lenient.answer.saved).toBeLessThan(answer.saved);
    const { out } = await triscale(['replay', store]);
    expect(out).toContain(answer.sentence);
  });

  it('says so where there is nothing to judge', async () => {
    const { out } = await triscale(['replay', store, '--first-epochs', '12']);
    expect(out).toContain('No rung: every trial ends within the first 12 epochs.');
  });
});

describe('choose', () => {
  it('takes the first digits of an id, and refuses those of several', async () => {
    const { estimates, tieSet } = (await ask('select', store)).answer as {
      estimates: { networkId: string }[];
      tieSet: string[];
    };
    const id = tieSet.at(-1) as string;
    expect((await ask('choose', store, '--network', id.slice(0, 8))).code).toBe(0);
    expect((await ask('select', store)).answer.choice).toMatchObject({ networkId: id, rule: byHand });
    expect((await ask('choose', store, '--undo')).code).toBe(0);
    const digits = '0123456789abcdef'.split('');
    const shared = digits.find((digit) => estimates.filter(({ networkId }) => networkId.startsWith(digit)).length > 1);
    const refused = await ask('choose', store, '--network', shared as string);
    expect(refused.answer.message).toMatch(
      /^--network: expected the first digits of one id, got "[0-9a-f]", which begins/,
    );
  });
});

describe('merge', () => {
  it('joins two stores from the command line', async () => {
    const [first, second, out] = ['one', 'two', 'both'].map((name) => path.join(folder, `${name}.sqlite`)) as [
      string,
      string,
      string,
    ];
    fillSimulatedStore(first, { finish: 4 });
    fillSimulatedStore(second, { finish: 9 });
    const { answer } = await ask('merge', first, second, '--out', out);
    expect(answer).toMatchObject({ fromFirst: 0, fromSecond: 5, inBoth: 4, differing: 0, store: out });
    const status = await ask('status', out);
    expect(status.answer.trials.completed).toBe(9);
    const again = await ask('merge', first, second, '--out', out);
    expect(again.code).toBe(2);
    expect(existsSync(out)).toBe(true);
  });
});
