import { InputError } from '../../../../search/base/errors.js';
import type { ActivationName } from '../../../../search/network/layers/index.js';

/** timm's names of activations. */
export function activationOf(activation: ActivationName, path: string): string {
  if (activation === 'relu' || activation === 'relu6' || activation === 'swish') return activation;
  throw refusal(`${path}.activation`, 'relu, relu6 or swish', activation);
}

/** The error for what timm's network has no argument for. */
export function refusal(path: string, rule: string, got: unknown): InputError {
  return new InputError('bad-value', `${path}: expected ${rule}, as timm's EfficientNet has nothing else, got ${got}`);
}
