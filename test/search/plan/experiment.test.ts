import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../search/base/errors.js';
import { canonicalJson, digest } from '../../../search/base/hash.js';
import { childSeed, Random } from '../../../search/base/random.js';
import { parseArchitecture } from '../../../search/network/architecture.js';
import { catalogue } from '../../../search/network/catalogue/index.js';
import { experimentJsonSchema, parseExperiment } from '../../../search/plan/experiment.js';

const good = { name: 'test', question: 'which?', baseline: 'mbconv-tiny', data: { source: 'shapes' } };
const tiny = catalogue['mbconv-tiny']!;
const stage = { name: 'a', block: 'mbconv', width: 8, repeats: 1, stride: 1 };
const withStage = (fields: object) => ({ ...good, baseline: { ...tiny, stages: [{ ...stage, ...fields }] } });

/** The `InputError` that parsing this throws. */
function faultOf(value: unknown, file = ''): InputError {
  try {
    parseExperiment(value, file);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('an experiment file', () => {
  it('needs no more than a name, a question, a baseline and data', () => {
    expect(parseExperiment(good)).toMatchObject({
      grid: { alpha: { from: 1, to: 2, step: 0.05 }, product: 2, tolerance: 0.1, phi: 1 },
      scaling: { rounding: 'efficientnet', resolutionMultiple: 1, retarget: false },
      replicates: 1,
    });
  });

  it('takes every network of the catalogue as its baseline, and a frozen copy comes out', () => {
    for (const network of Object.values(catalogue)) {
      const { baseline } = parseExperiment({ ...good, baseline: JSON.parse(JSON.stringify(network)) });
      expect(baseline).toEqual(network);
      expect(Object.isFrozen((baseline as typeof network).stages[0])).toBe(true);
    }
  });

  it.each<[string, unknown, string]>([
    ['an unknown key', { ...good, nam: 1 }, 'experiment.json: unknown key "nam"; did you mean "name"?'],
    ['a key like no other', { ...good, zebra: 1 }, 'experiment.json: unknown key "zebra"'],
    [
      'a misspelt key before the one it leaves missing',
      { ...good, grid: { alpha: { form: 1, to: 2, step: 1 } } },
      'experiment.json: grid.alpha: unknown key "form"; did you mean "from"?',
    ],
    [
      'an unknown key of a dataset',
      { ...good, data: { source: 'folder', pat: 'x' } },
      'experiment.json: data: unknown key "pat"; did you mean "path"?',
    ],
    [
      'an unknown dataset',
      { ...good, data: { source: 'shape' } },
      'experiment.json: data.source: expected one of shapes, folder, table, tar, parquet, zip, cifar10, got "shape"; did you mean "shapes"?',
    ],
    [
      'a resolution of 0',
      { ...good, resolutionPx: 0 },
      'experiment.json: resolutionPx: expected an integer ≥ 1, got 0',
    ],
    [
      'a resolution of NaN',
      { ...good, resolutionPx: Number.NaN },
      'experiment.json: resolutionPx: expected a finite number, got NaN',
    ],
    [
      '1e309',
      { ...good, grid: { product: JSON.parse('1e309') } },
      'experiment.json: grid.product: expected a finite number, got Infinity',
    ],
    [
      'a fraction for a count',
      { ...good, replicates: 1.5 },
      'experiment.json: replicates: expected an integer, got 1.5',
    ],
    ['text for a number', { ...good, seed: '1' }, 'experiment.json: seed: expected a number, got "1"'],
    [
      'a number that is too large',
      { ...good, seed: 2 ** 33 },
      'experiment.json: seed: expected an integer ≤ 4294967295, got 8589934592',
    ],
    ['a missing field', { ...good, question: undefined }, 'experiment.json: question: expected a string, got nothing'],
    ['empty text', { ...good, question: '' }, 'experiment.json: question: expected at least 1 character, got ""'],
    [
      'a name that is no file name',
      { ...good, name: '../x' },
      'experiment.json: name: expected letters, digits and hyphens, got "../x"',
    ],
    [
      'an unknown choice',
      { ...good, scaling: { rounding: 'floor' } },
      'experiment.json: scaling.rounding: expected one of "efficientnet", "nearest", got "floor"',
    ],
    [
      'a form that fits nothing',
      { ...good, baseline: 3 },
      'experiment.json: baseline: expected a string or an object, got 3',
    ],
    ['no object', [], 'experiment.json: expected an object, got []'],
    [
      'an unknown block',
      withStage({ block: 'mbcon' }),
      'experiment.json: baseline.stages.0.block: expected one of conv, mbconv, separable, basic, bottleneck, inception, dense, maxPool, got "mbcon"; did you mean "mbconv"?',
    ],
    [
      'an unknown option of a block',
      withStage({ kernl: 5 }),
      'experiment.json: baseline.stages.0: unknown key "kernl"; did you mean "kernel"?',
    ],
    [
      'an option of another block',
      withStage({ norm: false }),
      'experiment.json: baseline.stages.0: unknown key "norm"',
    ],
    [
      'no block in a stage',
      withStage({ repeats: 0 }),
      'experiment.json: baseline.stages.0.repeats: expected an integer ≥ 1, got 0',
    ],
    [
      'two stages of one name',
      { ...good, baseline: { ...tiny, stages: [stage, { ...stage, name: 'b' }, stage] } },
      'experiment.json: baseline.stages.2.name: expected a name that no other stage has, got that of stages.0, got "a"',
    ],
    [
      'a fault deep inside a baseline',
      withStage({ squeezeExcite: { ratio: 0 } }),
      'experiment.json: baseline.stages.0.squeezeExcite.ratio: expected a number > 0, got 0',
    ],
    [
      'an unknown key of a baseline',
      { ...good, baseline: { ...tiny, titel: '' } },
      'experiment.json: baseline: unknown key "titel"; did you mean "title"?',
    ],
  ])('%s is one sentence with path, rule and value', (_what, value, sentence) => {
    expect(faultOf(value, 'experiment.json').message).toBe(sentence);
  });

  it('has a code for each kind of fault', () => {
    expect(
      [{ ...good, nam: 1 }, { ...good, seed: -1 }, withStage({ block: 'x' })].map((value) => faultOf(value).code),
    ).toEqual(['unknown-key', 'bad-value', 'unknown-name']);
  });

  it('names the file of a baseline that has its own', () => {
    expect(() => parseArchitecture({ ...tiny, resolutionPx: -1 }, 'net.json')).toThrow(
      'net.json: resolutionPx: expected an integer ≥ 1, got -1',
    );
    expect(() => parseArchitecture({ ...tiny, titel: 1 }, '')).toThrow(/^unknown key "titel"/);
    expect(() => parseExperiment({ ...good, seed: -1 })).toThrow(/^seed: expected an integer ≥ 0, got -1$/);
  });
});

describe('the JSON Schema for editors', () => {
  const schema = experimentJsonSchema() as { properties: Record<string, object>; required: string[] };

  it('requires what the parser requires and describes every field that needs it', () => {
    expect(schema.required.sort()).toEqual(Object.keys(good).sort());
    expect(schema).toMatchObject({ additionalProperties: false });
    expect(JSON.stringify(schema)).toContain('depth grows by α^φ');
  });

  it('knows the options of every block type', () => {
    const text = JSON.stringify(schema.properties.baseline);
    for (const option of ['squeezeExcite', 'reduction', 'norm', '"const":"maxPool"']) expect(text).toContain(option);
  });
});

describe('hashes', () => {
  it('do not depend on the order of keys or on absent fields', () => {
    expect(digest({ a: 1, b: [{ c: 2, d: undefined }] })).toBe(digest({ b: [{ c: 2 }], a: 1 }));
    expect(canonicalJson({ b: 1, a: { z: null, y: [] }, c: {} })).toBe('{"a":{"y":[],"z":null},"b":1,"c":{}}');
  });

  it('are those of SHA-256', () => {
    expect(digest('')).toBe('12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126');
  });

  it('refuse what has no JSON form', () => {
    expect(() => digest({ a: Number.NaN })).toThrow('NaN has no JSON form');
    expect(() => digest([Number.POSITIVE_INFINITY])).toThrow('Infinity has no JSON form');
  });
});

describe('random numbers', () => {
  it('child seeds differ by name, by order and by seed, and are for ever the same, as the stream of each is', () => {
    const seeds = [
      childSeed(1, 'a'),
      childSeed(1, 'b'),
      childSeed(2, 'a'),
      childSeed(1, 'a', 0),
      childSeed(1, 0, 'a'),
      childSeed(1, '0', 'a'),
    ];
    expect(new Set(seeds).size).toBe(seeds.length);
    expect([childSeed(1, 'a'), childSeed(1, 'trial', 'abc', 0), childSeed(2 ** 32 - 1, 'order', 3)]).toEqual([
      1402212384, 658356751, 1353001737,
    ]);
    const random = new Random(7);
    expect([random.uint32(), random.below(100), random.shuffle([1, 2, 3, 4])]).toEqual([210494603, 16, [2, 1, 3, 4]]);
  });

  it('are uniform, normal and a fair shuffle', () => {
    const random = new Random(7);
    const draws = Array.from({ length: 20_000 }, () => random.uniform());
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
    const normals = Array.from({ length: 20_000 }, () => random.normal());
    expect(Math.abs(normals.reduce((sum, draw) => sum + draw ** 2, 0) / normals.length - 1)).toBeLessThan(0.05);
    const firsts = [0, 0, 0];
    for (let i = 0; i < 6000; i++) firsts[random.shuffle([0, 1, 2])[0] as number]!++;
    for (const count of firsts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});

it('no file of search/ reads a clock or draws an unseeded random number', () => {
  const folder = new URL('../../../search/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(40);
  for (const file of files)
    expect(readFileSync(new URL(file, folder), 'utf8'), file).not.toMatch(
      /Date\.now|new Date\(\s*\)|\bDate\(\)|performance\.|Math\.random|randomUUID/,
    );
});
