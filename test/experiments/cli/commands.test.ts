import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'jsonc-parser';
import pMap from 'p-map';
import { afterAll, describe, expect, it } from 'vitest';
import { experimentJsonSchema } from '../../../search/plan/experiment.js';
import { triscale } from '../../support/command-line.js';
import { imageTree } from '../../support/small-images.js';

const root = path.resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'triscale-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const paper = path.join(root, 'experiments/paper.json');

const commands =
  'new plan run status select export verify family what-if replay merge dashboard report pause resume stop cancel retry extend networks cost scale train worker workers doctor engine'.split(
    ' ',
  );

describe('help', () => {
  it('lists every command, and each has help with an example', async () => {
    const { out } = await triscale(['--help']);
    // Two at a time: a process for each would leave no processor to the tests beside this one.
    const helps = await pMap(commands, (command) => triscale([command, '--help']), { concurrency: 2 });
    commands.forEach((command, i) => {
      expect(out).toContain(`  ${command} `);
      expect(helps[i]?.out).toContain(`Examples:\n  triscale ${command}`);
      expect(helps[i]?.code).toBe(0);
    });
    for (const part of ['install', 'list', 'remove'])
      expect((await triscale(['engine', part, '--help'])).out).toContain(`Examples:\n  triscale engine ${part}`);
  });
});

describe('plan', () => {
  it('finds 108 points, 65 networks and ×1.93 … ×3.33 in the paper’s grid, without its data', async () => {
    const { out, code } = await triscale(['plan', paper, '--json'], { cwd: folder });
    const plan = JSON.parse(out);
    expect(plan).toMatchObject({ points: 108, networks: 65 });
    expect(plan.realised.min).toBeCloseTo(1.93, 2);
    expect(plan.realised.max).toBeCloseTo(3.33, 2);
    expect(code).toBe(0);
  });

  it('brings at least 90 points within ±5 % of ×2 when retargeted with nearest rounding', async () => {
    const { out } = await triscale(['plan', paper, '--retarget', '--rounding', 'nearest', '--json'], { cwd: folder });
    expect(JSON.parse(out).withinTolerance).toBeGreaterThanOrEqual(90);
  });

  it('says the same in words', async () => {
    const { out } = await triscale(['plan', paper], { cwd: folder });
    expect(out).toContain('108 points');
    expect(out).toContain('65 distinct networks');
    expect(out).toContain('realised macs ×1.93 … ×3.33');
  });
});

describe('cost and scale', () => {
  it('counts EfficientNet-B0 as published', async () => {
    const { out } = await triscale(['cost', 'efficientnet-b0', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      network: 'efficientnet-b0',
      resolutionPx: 224,
      params: 5288548,
      macs: 385814752,
      activations: 6748036,
    });
  });

  it('scales both ways', async () => {
    const { out } = await triscale(['scale', 'efficientnet-b0', '--phi', '-1,0,1', '--json']);
    const [down, same, up] = JSON.parse(out).networks;
    expect(down.realised).toBeLessThan(0.8);
    expect(same.realised).toBe(1);
    expect(up.realised).toBeCloseTo(2.57, 2);
  });
});

describe('new', () => {
  it('writes an experiment that plans, and does not overwrite one', async () => {
    const wrote = await triscale(['new', 'mine.jsonc'], { cwd: folder });
    expect(wrote.code).toBe(0);
    const plan = await triscale(['plan', 'mine.jsonc', '--json'], { cwd: folder });
    expect(JSON.parse(plan.out).networks).toBeGreaterThan(5);
    const again = await triscale(['new', 'mine.jsonc'], { cwd: folder });
    expect(again.code).toBe(2);
    expect(again.err).toContain('"mine.jsonc" already exists; give another name');
  });

  it('writes the source that a path is recognised as, the flags that read it, and the drawn shapes by their name', async () => {
    imageTree(path.join(folder, 'pictures'), { 'one/a': 4, 'one/b': 4, 'two/a': 4, 'two/b': 4 });
    writeFileSync(path.join(folder, 'pictures.csv'), 'path,label\nx.png,a\n');
    const dataOf = async (file: string, ...flags: string[]) => {
      expect((await triscale(['new', file, ...flags], { cwd: folder })).code).toBe(0);
      return parse(readFileSync(path.join(folder, file), 'utf8')).data;
    };
    expect(await dataOf('drawn.jsonc', '--data', 'shapes')).toMatchObject({ source: 'shapes', train: 2400 });
    expect(await dataOf('table.jsonc', '--data', 'pictures.csv')).toMatchObject({
      source: 'table',
      path: 'pictures.csv',
    });
    expect(await dataOf('below/split.jsonc', '--data', 'pictures', '--split', 'train=one,test=two')).toEqual({
      source: 'folder',
      path: '../pictures',
      validation: 0.1,
      test: 0.1,
      splits: { train: ['one'], test: ['two'] },
    });
    expect(await dataOf('later.jsonc', '--data', 'not-yet')).toMatchObject({ source: 'folder', path: 'not-yet' });
    const plan = await triscale(['plan', 'below/split.jsonc', '--json'], { cwd: folder });
    expect(JSON.parse(plan.out).data).toMatchObject({ images: 7 });
  });

  it('tells editors where the schema is, from wherever the file lies, and gives no name that is too long', async () => {
    const file = path.join(folder, 'below', `${'long'.repeat(25)}.jsonc`);
    expect((await triscale(['new', path.relative(folder, file)], { cwd: folder })).code).toBe(0);
    const { $schema } = parse(readFileSync(file, 'utf8'));
    expect(path.resolve(path.dirname(file), $schema)).toBe(path.join(root, 'experiments/experiment.schema.json'));
    expect((await triscale(['plan', file, '--json'], { cwd: folder })).code).toBe(0);
  });
});

describe('a simulated search', () => {
  const store = path.join(folder, 'mine.sqlite');
  const run = () => triscale(['run', 'mine.jsonc', '--simulate', '--store', store, '--json'], { cwd: folder });

  it('runs to a choice, and the second time trains nothing', async () => {
    const events = (await run()).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const last = events.at(-1);
    expect(last).toMatchObject({ event: 'finished', simulated: true, store });
    expect(last.chosen.alpha).toBeGreaterThanOrEqual(1);
    expect(last.tieSet.length).toBeGreaterThan(0);
    expect(last.trials.completed).toBe(last.trainedNow);
    const again = JSON.parse((await run()).out.trim().split('\n').at(-1) ?? '');
    expect(again).toMatchObject({ trainedNow: 0, chosen: last.chosen, trials: last.trials });
  });

  it('is marked as simulated by status, select and export, which agree', async () => {
    const [status, select, exported] = await Promise.all(
      ['status', 'select', 'export'].map(async (command) =>
        JSON.parse((await triscale([command, store, '--json'])).out),
      ),
    );
    for (const said of [status, select, exported]) expect(said.simulated).toBe(true);
    expect(status.chosen).toEqual(select.chosen);
    expect(exported.chosen).toEqual(select.chosen);
    expect(exported.tieSet).toEqual(select.tieSet);
    expect(existsSync(exported.files[0])).toBe(true);
    expect(JSON.parse(readFileSync(exported.files[0], 'utf8')).provenance.planHash).toBe(status.hash);
  });
});

describe('the schema for editors', () => {
  it('is the one that experiments are parsed by', () => {
    const file = path.join(root, 'experiments/experiment.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(experimentJsonSchema())));
  });
});
