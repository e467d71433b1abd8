import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Store } from '../../../db/store.js';
import { balanceText, classBalance, classTable } from '../../../experiments/cli/commands/network/train.js';
import { wrapped } from '../../../experiments/cli/console.js';
import { progressBlock } from '../../../experiments/cli/text/progress-text.js';
import { triscale } from '../../support/command-line.js';
import { main } from '../../support/running-command.js';
import { smallExperiment, smallPlan } from '../../support/small-plan.js';

const folder = mkdtempSync(path.join(tmpdir(), 'triscale-output-'));
const images = path.join(folder, 'images');

beforeAll(async () => {
  for (const [i, name] of ['dark', 'light'].entries()) {
    mkdirSync(path.join(images, name), { recursive: true });
    for (let n = 0; n < 10; n++) {
      const background = { r: 200 * i + n, g: 200 * i, b: 200 * i };
      const image = sharp({ create: { width: 16, height: 16, channels: 3, background } });
      await image.png().toFile(path.join(images, name, `${n}.png`));
    }
  }
  writeFileSync(path.join(images, 'dark', 'empty.jpg'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }), 30_000);

describe('train', () => {
  const args = 'mbconv-tiny --resolution 16 --epochs 1 --batch 8 --shards 1 --engine wasm --out model'.split(' ');
  const train = (env: NodeJS.ProcessEnv, ...more: string[]) =>
    triscale(['train', ...args, '--data', `folder:${images}`, ...more], { cwd: folder, env });

  it('names an image that cannot be used, and says the second time that nothing was trained', async () => {
    const cache = { TRISCALE_CACHE: path.join(folder, 'cache') };
    const first = await train(cache, '--json');
    const events = first.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['bad-images', 'epoch', 'finished']);
    expect(events[0]).toMatchObject({ count: 1, images: [{ path: `${images}/dark/empty.jpg` }] });
    const second = await train(cache);
    expect(second.out).toContain(`1 image cannot be used and is skipped, such as ${images}/dark/empty.jpg: `);
    expect(second.out).toContain('Already trained; this is the result of that training.');
    expect(second.out).not.toContain('train loss');
  });

  it('says once that decoded images cannot be kept, and trains', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    const { code, err } = await train({ TRISCALE_CACHE: path.join(folder, 'file/cache') }, '--seed', '2');
    expect(err.match(/is not kept, since this file cannot be written/g)).toHaveLength(1);
    expect(code).toBe(0);
  });
});

describe('a standard output that is full', () => {
  it.skipIf(!existsSync('/dev/full'))('is said in a sentence, and does not end a search', async () => {
    const search = {
      name: 'full',
      question: 'Which?',
      baseline: 'mbconv-tiny',
      data: { source: 'shapes' },
      grid: { alpha: { from: 1, to: 2, step: 0.5 }, beta: { from: 1, to: 1.4, step: 0.2 }, tolerance: 0.2 },
    };
    writeFileSync(path.join(folder, 'full.json'), JSON.stringify(search));
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [main, 'run', 'full.json', '--simulate'], {
      cwd: folder,
      stdio: ['ignore', full, 'pipe'],
    });
    let err = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      err += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    closeSync(full);
    expect(
      err.match(/^triscale: standard output cannot be written \(ENOSPC\); further output is lost$/gm),
    ).toHaveLength(1);
    expect(err).not.toContain('    at ');
    expect(code).toBe(2);
    expect(readdirSync(path.join(folder, 'runs'))).toContain('full.simulated.coefficients.json');
  });
});

describe('a place that cannot be written', () => {
  const simulated = ['small.json', '--simulated'];
  beforeAll(async () => {
    writeFileSync(path.join(folder, 'small.json'), JSON.stringify(smallExperiment()));
    await triscale(['run', 'small.json', '--simulate'], { cwd: folder });
  });

  it.each([
    [
      ['report', ...simulated, '--out', `${'n'.repeat(300)}.html`],
      /cannot read or write n{300}\.html: file name too long/,
    ],
    [
      ['train', 'mbconv-tiny', '--data', 'shapes', '--out', 'small.json'],
      /--out: expected a folder, got the file ".*small\.json" \[bad-value\]$/m,
    ],
    [
      ['export', ...simulated, '--format', 'family', '--out', 'small.json'],
      /--out: expected a folder, got the file "small\.json" \[bad-value\]$/m,
    ],
    [
      ['export', ...simulated, '--format', 'family', '--out', 'small.json/below'],
      /--out: expected a path inside a folder, got "small\.json\/below"; ".*small\.json" is a file \[bad-value\]$/m,
    ],
    [['report', ...simulated, '--out', 'runs'], /--out: expected a file, got the folder "runs" \[bad-value\]$/m],
  ])('is one sentence and exit code 2: %j', async (args, sentence) => {
    const { code, err } = await triscale(args, { cwd: folder });
    expect(err).toMatch(sentence);
    expect(err.trim()).not.toContain('\n');
    expect(code).toBe(2);
  });
});

describe('status', () => {
  it('does not call a trial running that nobody runs', async () => {
    const file = path.join(folder, 'killed.sqlite');
    const plan = smallPlan();
    const store = Store.open(file);
    store.addSearch(plan, null, 0);
    const trialId = plan.trials[0]!.id;
    const provenance = { host: 'here', pid: 1, engine: 'wasm', engineVersion: '1', device: 'processor' };
    const attempt = store.openAttempt(trialId, 'token', 1);
    store.startAttempt({ trialId, attempt, token: 'token', provenance, resumedAtEpoch: 0 }, 2);
    const during = await triscale(['status', file]);
    store.close();
    const after = await triscale(['status', file]);
    expect(during.out).toMatch(/^Trials +5 queued, 1 running$/m);
    expect(after.out).toMatch(/^Trials +5 queued, 1 interrupted; not running \(`triscale run` continues it\)$/m);
  });
});

describe('text on a narrow terminal', () => {
  it('is wrapped at words, behind a label in its column', () => {
    const text = 'Not decided: two networks may be best.\nSeeds        up to 12 further trainings for the tie set';
    expect(wrapped(text, 34)).toBe(
      [
        'Not decided: two networks may be',
        'best.',
        'Seeds        up to 12 further',
        '             trainings for the tie',
        '             set',
      ].join('\n'),
    );
  });

  it('leaves rows of tables, long words and everything outside of a terminal as they are', () => {
    const row = 'd7dcd4217e03b5bd  chosen  grid  1.00  1.20  1.15  36  278.1 k  3.1 M';
    expect(wrapped(row, 40)).toBe(row);
    const sentence = 'Store /a/very/long/path/that/has/no/blank/at/all/in/it.sqlite';
    expect(wrapped(sentence, 40)).toBe(sentence.replace(' ', '\n'));
    expect(wrapped(`${sentence} ${sentence}`, undefined)).toBe(`${sentence} ${sentence}`);
  });
});

describe('what is drawn', () => {
  it('shows every class of a few, and of a thousand the thirty that do worst', () => {
    const confusion = (classes: number) =>
      Array.from({ length: classes }, (_, i) => Array.from({ length: classes }, (_, j) => (i === j && i > 40 ? 1 : j)));
    const labels = (classes: number) => Array.from({ length: classes }, (_, i) => `c${i}`);
    expect(
      classTable(labels(3), confusion(3))
        .split('\n')
        .filter((line) => line.startsWith('c')),
    ).toHaveLength(4);
    const lines = classTable(labels(1000), confusion(1000)).split('\n');
    expect(lines).toHaveLength(1 + 30 + 1);
    expect(lines.at(-1)).toBe('… and 970 classes that did as well or better');
  });

  it('says nothing of the share of a class without a test image', () => {
    expect(
      classTable(
        ['a', 'b'],
        [
          [1, 1],
          [0, 0],
        ],
      ),
    ).toMatch(/^a .* 50\.00 %\nb +0$/m);
  });

  it('keeps every line of the progress within 80 columns', () => {
    const timeLeft = { expectedMs: 7_500_000, lowMs: 7_100_000, highMs: 8_200_000 };
    const block = progressBlock(
      {
        trials: { queued: 900, running: 1, paused: 17, completed: 1032, failed: 2, cancelled: 0 },
        total: 1952,
        running: [
          {
            trialId: 't',
            networkId: 'n',
            attempt: 1,
            epoch: 97.5,
            epochs: 100,
            validationAccuracy: 0.5179,
            imagesPerSecond: 1460,
          },
        ],
        best: { trialId: 't', networkId: 'n', validationAccuracy: 0.6786 },
        elapsedMs: 5_000_000,
        timeLeft,
      },
      new Map([['n', '6782f543d40519f9 224 px']]),
    );
    for (const line of block.split('\n')) expect(line.length).toBeLessThan(80);
  });
});

describe('unequal classes', () => {
  it('are told with the balanced accuracy, and a network that is no better than its largest class is called so', () => {
    const collapsed = classBalance([
      [19, 0],
      [1, 0],
    ]);
    expect(collapsed).toEqual({ balancedAccuracy: 0.5, largestShare: 0.95, largest: 0 });
    expect(balanceText(0.95, collapsed, ['a', 'b'])).toBe(
      'Balanced accuracy 50.00 %, the mean over the classes; always answering "a" gives 95.00 %, and this network is no better.',
    );
    const learnt = classBalance([
      [19, 0],
      [0, 1],
    ]);
    expect(balanceText(1, learnt, ['a', 'b'])).toMatch(/^Balanced accuracy 100.00 %.* gives 95.00 %\.$/);
  });

  it('are not spoken of where the classes are equal and something was learnt, or where nothing was counted', () => {
    const equal = classBalance([
      [9, 1],
      [2, 8],
    ]);
    expect(balanceText(0.85, equal, ['a', 'b'])).toBeNull();
    expect(balanceText(0.5, equal, ['a', 'b'])).toContain('no better');
    expect(classBalance([])).toBeNull();
  });
});
