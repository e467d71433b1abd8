import type { FusedOps } from '../../backend.js';
import { activation } from './activation.js';
import { batchNormActivation } from './batch-norm.js';
import { convBatchNorm } from './conv-batch-norm.js';
import { invertedBottleneck } from './inverted-bottleneck/index.js';
import { optimizerStep } from './optimizer-step.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy.js';
import { squeezeExcite } from './squeeze-excite.js';

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
