import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError, show } from '../../../search/base/errors.js';
import { parse } from '../../../search/base/parse.js';
import { type DatasetSpec, datasetSchema } from '../../../search/plan/dataset.js';

const named = datasetSchema.options.map(({ shape }) => ({ name: shape.source.value, isStored: 'path' in shape }));
const forms = [...named.map(({ name, isStored }) => (isStored ? `${name}:PATH` : name)), 'PATH'];

/** The form of `--data`, for help texts. */
export const dataForm = `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`;

/**
 * A dataset from `--data`, with the defaults of its source: its name, or its name, a colon and a path, or a path alone, whose source is
 * recognised. A relative path counts from the current folder. Throws `bad-value`.
 */
export async function parseDataOption(text: string, flag = '--data'): Promise<DatasetSpec> {
  const colon = text.indexOf(':');
  const source = named.find(({ name }) => name === (colon < 0 ? text : text.slice(0, colon)));
  const place = colon < 0 ? '' : text.slice(colon + 1);
  if (source && source.isStored === (place !== '')) {
    return parse(datasetSchema, { source: source.name, ...(place === '' ? {} : { path: path.resolve(place) }) }, flag);
  }
  if (existsSync(text)) {
    const { recogniseSource } = await import('../../../workers/data/sources/index.js');
    const recognised = await recogniseSource(text);
    if (recognised) return parse(datasetSchema, { source: recognised, path: path.resolve(text) }, flag);
  }
  throw new InputError('bad-value', `${flag}: expected ${dataForm}, got ${show(text)}`);
}
