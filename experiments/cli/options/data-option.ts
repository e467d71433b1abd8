import path from 'node:path';
import { InputError, show } from '../../../search/base/errors.js';
import { parse } from '../../../search/base/parse.js';
import { type DatasetSpec, datasetSchema } from '../../../search/plan/dataset.js';

/** The form of `--data`, for help texts. */
export const dataForm = 'shapes, folder:PATH or cifar10:PATH';

/** `--data shapes`, `folder:PATH` or `cifar10:PATH`, with the defaults of its source; a relative path counts from here. */
export function parseDataOption(text: string): DatasetSpec {
  const colon = text.indexOf(':');
  const source = colon < 0 ? text : text.slice(0, colon);
  const where = colon < 0 ? '' : text.slice(colon + 1);
  if (source === 'shapes' && where === '') return parse(datasetSchema, { source }, '--data');
  if ((source === 'folder' || source === 'cifar10') && where !== '') {
    return parse(datasetSchema, { source, path: path.resolve(where) }, '--data');
  }
  throw new InputError('bad-value', `--data: expected ${dataForm}, got ${show(text)}`);
}
