import { toSafetensors } from '../safetensors.js';
import type { TrainedModel } from '../trained-model.js';
import { type Scaled, timmArguments } from './arguments.js';
import { timmProgram } from './program.js';
import { timmWeights } from './weights.js';

/**
 * A trained network for PyTorch through timm: arguments, weights, and a few lines of Python that join them. Throws `bad-value` for a network
 * that timm's `EfficientNet` cannot express.
 */
export function toTimm(model: TrainedModel, scaled?: Scaled): Readonly<Record<string, string | Uint8Array>> {
  const args = timmArguments(model.network, model.normalisation, scaled);
  const metadata = { network: model.network.name, classes: JSON.stringify(model.classes) };
  return {
    'arguments.json': `${JSON.stringify(args, null, 2)}\n`,
    'model.safetensors': toSafetensors(timmWeights(model), metadata),
    'model.py': timmProgram,
  };
}
