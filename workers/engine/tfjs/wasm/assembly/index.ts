/** What the module exports to JavaScript: kernels.ts of the parent folder types it. */
export { activate, activateGradient, CONSTANT_BYTES, initialise } from './activation';
export { conv2d, conv2dFilterGradient, conv2dInputGradient } from './convolution';
export { depthwise, depthwiseGradient } from './depthwise';
export { depthwiseMultiplied } from './depthwise-multiplied';
export {
  depthwiseBytes,
  depthwiseFilterSums,
  depthwiseFixedBytes,
  depthwisePrepare,
} from './depthwise-workspace';
export { gateGradient } from './gate';
export { columnSums, imageScale, imageSums } from './image';
export { MULTIPLY_SCRATCH, multiplyPacked, multiplyTransposedAdd, packPanels, transpose } from './matmul';
export { addMoments, meanAndVariance, runningAverage, scaleAndShift } from './moments';
export { combineGradient, gradientCoefficients } from './norm-gradient';
export { addGradientSums, multiplyWithSums } from './norm-gradient-sums';
export { normalise, normaliseWithSlope } from './normalise';
export { averageStep, rmspropStep, sgdStep } from './optimizer';
export { averagePool, maxPool, maxPoolGradient } from './pooling';
