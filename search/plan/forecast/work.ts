import type { Cost } from '../../cost/counts.js';
import { type Saving, slowdown } from '../../cost/saving.js';

/**
 * Multiply-adds that the passes over one activation are worth. Small networks are bound by memory, not by arithmetic: on one core the wasm engine trains
 * EfficientNet-B0 at 32 px (5.6 M macs, 0.35 M activations) in 2.1 ms an image, of which its multiply-adds at 21 G/s take 0.8 ms.
 */
const macsPerActivation = 25;

/**
 * What training on one image costs, in the multiply-adds of its forward pass and the equivalent of its activations. Only ratios mean
 * something: a probe or finished trials say how long one unit takes.
 */
export function workPerImage({ macs, activations }: Pick<Cost, 'macs' | 'activations'>): number {
  return macs + macsPerActivation * activations;
}

/** Work of one epoch per training image, with what saving memory adds: re-computation repeats the forward pass. */
export function epochWork({ cost, saving }: { readonly cost: Cost; readonly saving: Saving }): number {
  return slowdown(saving) * workPerImage(cost);
}
