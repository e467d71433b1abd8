import type { LayerGraph } from '../../../search/layers.js';
import type { Recipe } from '../../../search/recipe.js';
import type { Strategy } from '../strategy.js';
import type { ExchangeLayout } from './exchange.js';

/** What a thread is started with. */
export interface ThreadData {
  readonly engine: string;
  readonly graph: LayerGraph;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly strategy: Strategy;
  readonly shard: number;
  readonly layout: ExchangeLayout;
  readonly memory: SharedArrayBuffer;
}

/** One phase of a step, or of what lies between steps. A thread answers each before it gets the next. */
export type Phase =
  /** Take these values of all variables, in the order of `Trainer.variables`. */
  | { readonly phase: 'load'; readonly values: SharedArrayBuffer }
  | { readonly phase: 'compute'; readonly count: number; readonly step: number }
  | { readonly phase: 'reduce'; readonly counts: readonly number[] }
  | { readonly phase: 'apply'; readonly step: number; readonly learningRate: number };

export interface Answer {
  /** Of `compute`: mean loss of the shard's images, 0 without any. */
  readonly loss: number;
  /** Most bytes that the thread's engine has held. */
  readonly peakBytes: number;
}

export type ThreadMessage =
  | ({ readonly type: 'done' } & Answer)
  | { readonly type: 'failed'; readonly message: string };
