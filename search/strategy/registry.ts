import { z } from 'zod';
import { grid } from './grid.js';
import { random } from './random.js';
import type { StrategyType } from './strategy.js';

/** The strategies that an experiment can name. */
export const strategies = { grid, random } as const satisfies Readonly<Record<string, StrategyType>>;

export type StrategyName = keyof typeof strategies;
export type StrategySettings = z.infer<(typeof strategies)[StrategyName]['settings']>;

type Options = readonly [(typeof strategies)[StrategyName]['settings']];

/** What an experiment says of its strategy: its name and its settings. */
export const strategySchema = z.discriminatedUnion(
  'name',
  Object.values(strategies).map(({ settings }) => settings) as unknown as Options,
);
