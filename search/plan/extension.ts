import { z } from 'zod';
import { InputError } from '../base/errors.js';
import { parse } from '../base/parse.js';
import { experimentSchema } from './experiment.js';
import { fitPlan, savingsOf } from './fit-plan.js';
import { makePlan, type Plan } from './plan.js';

const gridFields = experimentSchema.shape.grid.unwrap().shape;

/** How a stored plan is to grow. What is not named stays. */
export const extensionSchema = z
  .strictObject({
    replicates: z.int().min(1).max(100).optional().describe('trainings of each network'),
    seedBudget: z.int().min(0).max(1_000_000).optional().describe('trainings for the front beyond the replicates'),
    epochs: z.int().min(1).max(10_000).optional().describe('of every training; other epochs are other trials'),
    tolerance: z.number().min(0).max(1024).optional().describe('a larger one lets more points in'),
    alpha: gridFields.alpha.unwrap().optional(),
    beta: gridFields.beta.unwrap().optional(),
    gamma: gridFields.gamma.unwrap().optional(),
  })
  .refine((extension) => Object.values(extension).some((value) => value !== undefined), {
    error: 'expected replicates, seedBudget, epochs, tolerance, alpha, beta or gamma',
  });

export type Extension = Readonly<z.infer<typeof extensionSchema>>;

/**
 * A larger revision of a plan: more points, seeds or epochs. Trials that both plans hold have the same ids, so what is finished counts for
 * both. Throws `bad-value` when it would drop a point or a seed of the plan.
 */
export function extendPlan(plan: Plan, { replicates, seedBudget, epochs, ...grid }: Extension): Plan {
  const { spec } = plan;
  const given = Object.fromEntries(Object.entries(grid).filter(([, value]) => value !== undefined));
  const extended = makePlan(
    parse(
      experimentSchema,
      {
        ...spec,
        grid: { ...spec.grid, ...given },
        training: { ...spec.training, epochs: epochs ?? spec.training.epochs },
        replicates: replicates ?? spec.replicates,
        seedBudget: seedBudget ?? spec.seedBudget,
      },
      '',
    ),
    plan.baseline,
    { engine: plan.engine },
  );
  const held = new Set(extended.networks.map(({ id }) => id));
  const dropped = plan.networks.filter(({ id }) => !held.has(id)).length;
  if (dropped > 0)
    throw new InputError(
      'bad-value',
      `extend: expected a grid that holds the present one, got one without ${dropped} of its networks`,
    );
  if (extended.spec.replicates < spec.replicates)
    throw new InputError(
      'bad-value',
      `replicates: expected at least the present ${spec.replicates}, got ${replicates}`,
    );
  if (!plan.machine) return extended;
  return fitPlan(extended, plan.machine, { savings: savingsOf(plan) });
}
