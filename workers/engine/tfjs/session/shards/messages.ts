import type { LayerGraph } from '../../../../../search/network/layers/index.js';
import type { Recipe } from '../../../../../search/plan/recipe.js';
import type { Strategy } from '../../../../training/strategy.js';
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

export type ThreadMessage = { readonly type: 'ready' } | { readonly type: 'failed'; readonly message: string };
