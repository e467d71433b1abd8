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

/** What all threads do next. It is written into the exchange: a message would take as long as a part of a small network's step. */
export type Order =
  | { readonly order: 'step'; readonly images: number; readonly step: number; readonly learningRate: number }
  /** Take the values of all variables, in the order of `Trainer.variables`, from the `SharedArrayBuffer` that was sent as a message. */
  | { readonly order: 'load' };

export type ThreadMessage = { readonly type: 'ready' } | { readonly type: 'failed'; readonly message: string };
