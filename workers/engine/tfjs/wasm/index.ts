/**
 * Training on TensorFlow.js's WASM backend: `import 'triscale/wasm-training'` registers the gradient kernels that the backend lacks and
 * faster ones for those that it has, so that `model.fit` of any convolutional network works on `wasm` under Node.
 *
 * Usable without the rest of Triscale: it needs @tensorflow/tfjs-core and @tensorflow/tfjs-backend-wasm alone.
 */
import '@tensorflow/tfjs-backend-wasm';
import '../gradients.js';
import { registerDilatedGradients } from './dilated-gradients.js';
import { convolutionKernels } from './ops/convolution.js';
import { depthwiseKernels } from './ops/depthwise.js';
import { identityKernels } from './ops/identity.js';
import { matmulKernels } from './ops/matmul.js';
import { poolingKernels } from './ops/pooling.js';
import { reductionKernels } from './ops/reductions.js';
import { registerKernels } from './registration.js';

registerKernels([
  ...convolutionKernels,
  ...depthwiseKernels,
  ...identityKernels,
  ...matmulKernels,
  ...poolingKernels,
  ...reductionKernels,
]);
registerDilatedGradients();
