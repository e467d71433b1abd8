/**
 * Registers the gradients of TensorFlow.js's operations. Under Node the package tfjs-core comes without them: its bundle leaves them out
 * and its single files cannot be imported. The layers package carries them along.
 */
import '@tensorflow/tfjs-layers';
