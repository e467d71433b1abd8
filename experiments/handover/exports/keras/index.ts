import type { Multipliers } from '../../../../search/scaling/coefficients.js';
import type { TrainedModel } from '../trained-model.js';
import { kerasArguments } from './arguments.js';
import { toHdf5 } from './hdf5.js';

/** A trained network for Keras: the model with its weights, and the arguments of Keras' own `EfficientNet` where they build this network. */
export async function toKeras(
  { network, saved }: Pick<TrainedModel, 'network' | 'saved'>,
  multipliers: Pick<Multipliers, 'depth' | 'width'>,
): Promise<Readonly<Record<string, string | Uint8Array>>> {
  const args = kerasArguments(network, multipliers);
  return {
    'model.h5': await toHdf5(saved),
    ...(args ? { 'arguments.json': `${JSON.stringify(args, null, 2)}\n` } : {}),
  };
}
