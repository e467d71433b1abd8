import { z } from 'zod';
import { proposeAll, strategyType } from './strategy.js';

/** Trains every network of the grid: what the plan holds, all at once. */
export const grid = strategyType({
  settings: z.strictObject({ name: z.literal('grid') }),
  plansGrid: true,
  begin: ({ trials }) => ({ next: (history) => proposeAll(trials, history) }),
});
