import type { FusedOps } from '../backend.js';
import { plainFused } from '../plain.js';
import { makeActivation } from './activation.js';
import { makeBatchNormActivation } from './batch-norm.js';
import type { WebGPUBackend } from './program.js';

/** The fused operations: shaders of our own for what passes over whole activations, the plain compositions for the rest. */
export function makeFused(backend: WebGPUBackend): FusedOps {
  return {
    ...plainFused,
    activation: makeActivation(backend),
    batchNormActivation: makeBatchNormActivation(backend),
  };
}
