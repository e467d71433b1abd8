import type { ActivationName } from '../../../../search/network/layers/index.js';

/** The number of each activation in assembly/activation.ts. */
export const activationKinds: Readonly<Record<ActivationName, number>> = {
  linear: 0,
  relu: 1,
  relu6: 2,
  swish: 3,
  sigmoid: 4,
};
