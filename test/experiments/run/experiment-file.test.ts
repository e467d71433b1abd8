import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../experiments/run/experiment-file.js';
import { InputError } from '../../../search/base/errors.js';
import { scratchFolder } from '../../support/scratch.js';

const folder = scratchFolder('experiment-file');
function written(text: string): string {
  const file = path.join(folder, 'x.jsonc');
  writeFileSync(file, text);
  return file;
}

describe('JSON of the user', () => {
  it('may have comments, trailing commas and a byte-order mark', () => {
    const text = '\uFEFF{\n  // why\n  "a": "http://x", // not a comment in a text\n  /* b */ "b": [1, 2,],\n}\n';
    expect(readJson(written(text))).toEqual({ a: 'http://x', b: [1, 2] });
  });

  it.each([
    ['{\n  "a": 1\n  "b": 2\n}', 'comma expected at line 3, column 3'],
    ['{ "a": NaN }', 'invalid symbol at line 1, column 8'],
    ['', 'value expected at line 1, column 1'],
    ['{ "a": 1', 'close brace expected at line 1, column 9'],
  ])('names the place of what is wrong in %j', (text, sentence) => {
    expect(() => readJson(written(text))).toThrow(InputError);
    expect(() => readJson(written(text))).toThrow(sentence);
  });
});
