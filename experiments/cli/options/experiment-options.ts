import { type Command, Option } from 'commander';
import { engineMemory, type MemoryEngine } from '../../../search/cost/engine-memory.js';
import { parseExperiment } from '../../../search/plan/experiment.js';
import { makePlan, type Plan } from '../../../search/plan/plan.js';
import { roundings } from '../../../search/scaling/rounding.js';
import { loadExperiment } from '../../run/experiment-file.js';
import { addDataRules, type DataRules, dataForm, parseDataOption, withDataRules } from './data-option.js';
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
    .option('--retarget', 'solve φ of every point so that its realised macs meet the target')
    .addOption(new Option('--rounding <name>', 'replaces the rounding').choices(Object.keys(roundings)))
    .addOption(
      new Option('--seed-budget <n>', 'trainings that may be spent on the front beyond the replicates').argParser(
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
    ...(options.engine !== undefined && Object.hasOwn(engineMemory, options.engine)
      ? { engine: options.engine as MemoryEngine }
      : {}),
  });
  if (classes !== undefined) return plan;
  const where = 'path' in spec.data ? spec.data.path : spec.data.source;
  const missing = `The data are not here (${where}), so the plan assumes the baseline's ${baseline.classes} classes.`;
  return { ...plan, warnings: [...plan.warnings, missing] };
}
