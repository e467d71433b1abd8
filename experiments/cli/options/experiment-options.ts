import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { InputError, show } from '../../../search/base/errors.js';
import { parse } from '../../../search/base/parse.js';
import { isEngineName } from '../../../search/cost/engine-memory.js';
import { type DatasetSpec, datasetSchema } from '../../../search/plan/dataset.js';
import { parseExperiment } from '../../../search/plan/experiment.js';
import { makePlan, type Plan } from '../../../search/plan/plan.js';
import { roundings } from '../../../search/scaling/rounding.js';
import { loadExperiment } from '../../run/experiment-file.js';
import { common, integer } from './options.js';

/** Flags that replace a value of the experiment file, for `plan` and `run`. */
export interface ExperimentOptions extends DataRules {
  readonly data?: string;
  readonly seed?: number;
  readonly retarget?: boolean;
  readonly rounding?: string;
  readonly seedBudget?: number;
  readonly engine?: string;
}

export function addExperimentOptions(command: Command): Command {
  return addDataRules(command.option('--data <source>', `replaces the data: ${dataForm}`))
    .option('--retarget', 'solve φ for each point so that its realised cost meets the target')
    .addOption(new Option('--rounding <name>', 'replaces the rounding rule').choices(Object.keys(roundings)))
    .addOption(
      new Option('--seed-budget <n>', 'further trainings of the leading networks, beyond the replicates').argParser(
        integer('--seed-budget', 0, 1_000_000),
      ),
    )
    .addOption(common.seed());
}

/** The plan of an experiment file with the flags' replacements. Opens no dataset: at most it counts the folders of one. */
export async function planFromOptions(file: string, options: ExperimentOptions): Promise<Plan> {
  const { spec: read, baseline } = loadExperiment(file, { seed: options.seed });
  const spec = parseExperiment({
    ...read,
    data: options.data === undefined ? withDataRules(read.data, options) : await parseDataOption(options.data, options),
    seedBudget: options.seedBudget ?? read.seedBudget,
    scaling: {
      ...read.scaling,
      ...(options.retarget ? { retarget: true } : {}),
      ...(options.rounding ? { rounding: options.rounding } : {}),
    },
  });
  const { sourceOf } = await import('../../../workers/data/sources/index.js');
  const classes = await sourceOf(spec.data).classes(spec.data);
  const plan = makePlan(spec, baseline, {
    ...(classes === undefined ? {} : { classes }),
    ...(isEngineName(options.engine) ? { engine: options.engine } : {}),
  });
  if (classes !== undefined) return plan;
  const where = 'path' in spec.data ? spec.data.path : spec.data.source;
  const missing = `The data are not here (${where}), so the plan assumes the baseline's ${baseline.classes} classes.`;
  return { ...plan, warnings: [...plan.warnings, missing] };
}

const named = datasetSchema.options.map(({ shape }) => ({ name: shape.source.value, isStored: 'path' in shape }));
const forms = [...named.map(({ name, isStored }) => (isStored ? `${name}:PATH` : name)), 'PATH'];

/** The form of `--data`, for help texts. */
export const dataForm = `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`;

/** Flags that decide how labelled files are read. */
export interface DataRules {
  readonly split?: string;
  readonly leaveOut?: string;
}

export function addDataRules(command: Command): Command {
  return command
    .option(
      '--split <rule>',
      'which folders are splits: none (they are classes), train=A+B,test=C, with * for all others; or a share, such as validation=0.2,test=0',
    )
    .option('--leave-out <classes>', 'classes that are not used, separated by commas');
}

/**
 * A dataset from `--data`, with the defaults of its source: its name, or its name, a colon and a path, or a path alone, whose source is
 * recognised. A relative path counts from the current folder. Throws `bad-value`.
 */
export async function parseDataOption(text: string, rules: DataRules = {}, flag = '--data'): Promise<DatasetSpec> {
  const colon = text.indexOf(':');
  const source = named.find(({ name }) => name === (colon < 0 ? text : text.slice(0, colon)));
  const place = colon < 0 ? '' : text.slice(colon + 1);
  if (source && source.isStored === (place !== '')) {
    const fields = { source: source.name, ...(place === '' ? {} : { path: path.resolve(place) }) };
    return withDataRules(parse(datasetSchema, fields, flag), rules);
  }
  if (existsSync(text)) {
    const { recogniseSource } = await import('../../../workers/data/sources/index.js');
    const recognised = await recogniseSource(text);
    if (recognised) {
      return withDataRules(parse(datasetSchema, { source: recognised, path: path.resolve(text) }, flag), rules);
    }
  }
  throw new InputError('bad-value', `${flag}: expected ${dataForm}, got ${show(text)}`);
}

/** A dataset with what `--split` and `--leave-out` say in the place of its own values. Throws `bad-value` or `unknown-key`. */
function withDataRules(spec: DatasetSpec, { split, leaveOut }: DataRules): DatasetSpec {
  if (split === undefined && leaveOut === undefined) return spec;
  const fields = {
    ...spec,
    ...(split === undefined ? {} : parseSplitRule(split)),
    ...(leaveOut === undefined ? {} : { leaveOut: leaveOut.split(',').map((name) => name.trim()) }),
  };
  return parse(datasetSchema, fields, 'data');
}

function parseSplitRule(rule: string): Record<string, unknown> {
  if (rule === 'none') return { splits: 'none' };
  const splits: Record<string, string[]> = {};
  const shares: Record<string, number> = {};
  for (const part of rule.split(',')) {
    const equals = part.indexOf('=');
    const split = part.slice(0, Math.max(0, equals)).trim();
    const value = part.slice(equals + 1).trim();
    if (!['train', 'validation', 'test'].includes(split) || value === '') {
      throw new InputError(
        'bad-value',
        `--split: expected none, or train=, validation= or test= with names or a share, separated by commas, got ${show(part)}`,
      );
    }
    if (split !== 'train' && /^0?\.?\d+$/.test(value) && Number(value) < 1) shares[split] = Number(value);
    else splits[split] = value.split('+');
  }
  return { ...shares, ...(Object.keys(splits).length > 0 ? { splits } : {}) };
}
