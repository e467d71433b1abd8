import { canonicalJson } from '../../../../search/base/hash.js';
import type { Architecture, Stage } from '../../../../search/network/architecture.js';
import { efficientnetB0 } from '../../../../search/network/catalogue/efficientnet.js';
import type { Multipliers } from '../../../../search/scaling/coefficients.js';
import { scaleArchitecture } from '../../../../search/scaling/scaling.js';

/** The arguments of `keras.applications.efficientnet.EfficientNet` that make a network. */
export interface KerasArguments {
  readonly width_coefficient: number;
  readonly depth_coefficient: number;
  readonly default_size: number;
  readonly dropout_rate: number;
  readonly drop_connect_rate: number;
  readonly depth_divisor: number;
  readonly activation: 'swish';
  readonly classes: number;
  readonly input_shape: readonly [number, number, number];
}

/**
 * The arguments that build a network scaled from EfficientNet-B0 by these multipliers; null for any other network, because Keras' function
 * scales the stages of B0 and rounds as EfficientNet does.
 */
export function kerasArguments(
  network: Architecture,
  { depth, width }: Pick<Multipliers, 'depth' | 'width'>,
): KerasArguments | null {
  const options = { rounding: 'efficientnet', resolutionMultiple: 1 } as const;
  const { stages } = scaleArchitecture(efficientnetB0, { depth, width, resolution: 1 }, options);
  if (shapeOf(stages) !== shapeOf(network.stages)) return null;
  const { resolutionPx, channels, classes, regularisation } = network;
  return {
    width_coefficient: width,
    depth_coefficient: depth,
    default_size: resolutionPx,
    dropout_rate: regularisation.dropout,
    drop_connect_rate: regularisation.stochasticDepth,
    depth_divisor: efficientnetB0.widthDivisor,
    activation: 'swish',
    classes,
    input_shape: [resolutionPx, resolutionPx, channels],
  };
}

/** The stages without their names and scaling options. */
function shapeOf(stages: readonly Stage[]): string {
  return canonicalJson(stages.map(({ name: _name, scaleDepth: _depth, scaleWidth: _width, ...stage }) => stage));
}
