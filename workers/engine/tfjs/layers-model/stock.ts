import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Layer, Shape } from '../../../../search/network/layers/index.js';
import type { ParameterRole } from '../../parameters.js';
import type { PaddingPlan } from '../model/padding.js';

export type StockTensor = tfl.SymbolicTensor;

/** The output of a layer of the graph in the `LayersModel`. */
export interface Output {
  readonly tensor: StockTensor;
  /** Null for the image. */
  readonly layer: Layer | null;
  readonly shape: Shape;
}

/** Adds stock layers to a `LayersModel` and copies weights into them. */
export class StockLayers {
  constructor(private readonly weights: ReadonlyMap<string, tf.Tensor>) {}

  apply(stock: tfl.layers.Layer, x: StockTensor | StockTensor[]): StockTensor {
    return stock.apply(x) as StockTensor;
  }

  /** Applies a stock layer and copies the parameters of these roles of `owner` into it, in its own order. */
  applyWith(stock: tfl.layers.Layer, x: StockTensor, owner: string, roles: readonly ParameterRole[]): StockTensor {
    const output = this.apply(stock, x);
    tf.tidy(() => {
      const values = roles.map((role) => this.weights.get(`${owner}/${role}`) as tf.Tensor);
      // Convolutions of squeeze-and-excite hold [1, 1, in, out] where ours are [in, out].
      stock.setWeights(stock.weights.map(({ shape }, i) => tf.reshape(values[i] as tf.Tensor, shape as number[])));
    });
    return output;
  }

  /** The input of a window, zero-padded where no stock padding fits, and the stock padding that remains. */
  padded(input: Output, plan: PaddingPlan, name: string): { x: StockTensor; padding: 'same' | 'valid' } {
    const image = this.image(input);
    if (plan.mode !== 'explicit') return { x: image, padding: plan.mode };
    const padding: [[number, number], [number, number]] = [[...plan.rows], [...plan.columns]];
    return { x: this.apply(tfl.layers.zeroPadding2d({ name: `${name}_pad`, padding }), image), padding: 'valid' };
  }

  /** [batch, height, width, channels]; stock pooling and dense layers write [batch, channels] where the graph has [batch, 1, 1, channels]. */
  image({ tensor, shape }: Output): StockTensor {
    return tensor.rank === 4 ? tensor : this.apply(tfl.layers.reshape({ targetShape: [...shape] }), tensor);
  }

  /** [batch, channels]. */
  vector({ tensor }: Output): StockTensor {
    return tensor.rank === 2 ? tensor : this.apply(tfl.layers.flatten(), tensor);
  }
}

/** Graph names have no `_`, so this keeps them apart; other readers of the format refuse `/`. */
export function stockName(name: string): string {
  return name.replaceAll('/', '_');
}

/** Roles of a kernel with or without a bias, in the order in which stock layers hold them. */
export function weightRoles({ bias }: { readonly bias: boolean }): ParameterRole[] {
  return bias ? ['kernel', 'bias'] : ['kernel'];
}
