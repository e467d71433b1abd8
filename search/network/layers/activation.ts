import { type ActivationName, defineOperation } from './operation.js';

export interface ActivationLayer {
  readonly activation: ActivationName;
}

/** A function of each element. */
export const activation = defineOperation<ActivationLayer>({
  shape: (_, [input]) => input,
  kept: (layer, engine) => engine.activation[layer.activation],
});
