import type { FusedOps } from '../../engine.js';
import { activation, activationGradients, activationKernels } from './activation.js';
import { batchNormActivation, batchNormGradients, batchNormKernels } from './batch-norm.js';
import { optimizerStep } from './optimizer-step.js';
import {
  softmaxCrossEntropy,
  softmaxCrossEntropyGradients,
  softmaxCrossEntropyKernels,
} from './softmax-cross-entropy.js';
import { squeezeExcite, squeezeExciteGradients, squeezeExciteKernels } from './squeeze-excite.js';

/** The fused operations of the WASM backend. */
export const wasmFused: FusedOps = {
  batchNormActivation,
  squeezeExcite,
  activation,
  softmaxCrossEntropy,
  optimizerStep,
};

export const fusedKernels = [
  ...activationKernels,
  ...batchNormKernels,
  ...squeezeExciteKernels,
  ...softmaxCrossEntropyKernels,
];

export const fusedGradients = [
  ...activationGradients,
  ...batchNormGradients,
  ...squeezeExciteGradients,
  ...softmaxCrossEntropyGradients,
];
