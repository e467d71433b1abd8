import type { FusedOps } from '../../engine.js';
import { activation, activationKernels } from './activation.js';
import { batchNormActivation, batchNormKernels } from './batch-norm.js';
import { convBatchNorm, convBatchNormKernels } from './conv-batch-norm.js';
import { invertedBottleneck, invertedBottleneckKernels } from './inverted-bottleneck/index.js';
import { optimizerStep } from './optimizer-step.js';
import { softmaxCrossEntropy, softmaxCrossEntropyKernels } from './softmax-cross-entropy.js';
import { squeezeExcite, squeezeExciteKernels } from './squeeze-excite.js';

/** The fused operations of the WASM backend. */
export const wasmFused: FusedOps = {
  batchNormActivation,
  squeezeExcite,
  activation,
  softmaxCrossEntropy,
  optimizerStep,
  convBatchNorm,
  invertedBottleneck,
};

export const fusedKernels = [
  ...activationKernels,
  ...batchNormKernels,
  ...convBatchNormKernels,
  ...invertedBottleneckKernels,
  ...squeezeExciteKernels,
  ...softmaxCrossEntropyKernels,
];
