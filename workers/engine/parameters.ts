import type { Layer, LayerGraph, Shape } from '../../search/network/layers.js';
import { unknownOp } from '../../search/network/shapes.js';

/**
 * What a parameter is to its layer. `kernel` and `bias` belong to convolutions and dense layers; `gamma`, `beta` and the two moving
 * statistics to batch norm.
 */
export type ParameterRole = 'kernel' | 'bias' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance';

/** How a parameter starts; initial.ts says what the names mean. */
export type Initialiser =
  | { readonly kind: 'constant'; readonly value: 0 | 1 }
  /** Normal with variance 2 / fanOut. */
  | { readonly kind: 'heNormal'; readonly fanOut: number }
  /** Uniform in ±sqrt(6 / (fanIn + fanOut)). */
  | { readonly kind: 'glorotUniform'; readonly fanIn: number; readonly fanOut: number };

/** One array of numbers that a layer owns, before it has values. */
export interface ParameterSpec {
  /** Layer name and the parameter's own: `stage2/block1/expand/conv/kernel`. */
  readonly name: string;
  readonly layer: string;
  readonly role: ParameterRole;
  /** TensorFlow's layout: convolutions [height, width, in, out], depthwise [height, width, channels, 1], dense [in, out]. */
  readonly shape: readonly number[];
  /** False for the moving statistics, which are measured and not learned. */
  readonly trainable: boolean;
  readonly initialiser: Initialiser;
}

/** Every parameter of a network in the order of its layers, without allocating any. */
export function parameterSpecs(graph: LayerGraph): ParameterSpec[] {
  const shapes = new Map<string, Shape>([['input', graph.input]]);
  return graph.layers.flatMap((layer) => {
    const [first = 'input'] = layer.inputs;
    const input = shapes.get(first);
    if (!input) throw new Error(`${layer.name} reads ${first}, which is no earlier layer`);
    shapes.set(layer.name, layer.shape);
    return parametersOf(layer, input);
  });
}

/** Trainable numbers in these parameters: what the cost model calls params. */
export function countTrainable(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { trainable, shape }) => (trainable ? sum + sizeOf(shape) : sum), 0);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** The parameters of one layer. `input` is the shape of what the layer reads first. */
function parametersOf(layer: Layer, input: Shape): ParameterSpec[] {
  const [, , channels] = input;
  switch (layer.op) {
    case 'conv': {
      const { kernel, filters } = layer;
      const shape = [kernel, kernel, channels, filters];
      return weighted(layer.name, shape, { kind: 'heNormal', fanOut: kernel * kernel * filters }, layer.bias);
    }
    case 'depthwise': {
      const { kernel } = layer;
      const initialiser = { kind: 'heNormal', fanOut: kernel * kernel } as const;
      const own = [parameter(layer.name, 'kernel', [kernel, kernel, channels, 1], initialiser)];
      return layer.bias ? [...own, parameter(layer.name, 'bias', [channels], zeros)] : own;
    }
    case 'dense':
      return weighted(
        layer.name,
        [channels, layer.units],
        { kind: 'glorotUniform', fanIn: channels, fanOut: layer.units },
        layer.bias,
      );
    case 'batchNorm':
      return [
        parameter(layer.name, 'gamma', [channels], ones),
        parameter(layer.name, 'beta', [channels], zeros),
        parameter(layer.name, 'movingMean', [channels], zeros),
        parameter(layer.name, 'movingVariance', [channels], ones),
      ];
    case 'squeezeExcite': {
      const { name, squeezed } = layer;
      return [
        ...weighted(`${name}/reduce`, [channels, squeezed], { kind: 'heNormal', fanOut: squeezed }, true),
        ...weighted(`${name}/expand`, [squeezed, channels], { kind: 'heNormal', fanOut: channels }, true),
      ].map((own) => ({ ...own, layer: name }));
    }
    case 'activation':
    case 'maxPool':
    case 'averagePool':
    case 'globalAveragePool':
    case 'flatten':
    case 'dropout':
    case 'dropPath':
    case 'add':
    case 'concat':
      return [];
    default:
      return unknownOp(layer, 'model');
  }
}

const zeros: Initialiser = { kind: 'constant', value: 0 };
const ones: Initialiser = { kind: 'constant', value: 1 };

/** A kernel whose last axis is the outputs, and its bias. */
function weighted(layer: string, shape: readonly number[], initialiser: Initialiser, bias: boolean): ParameterSpec[] {
  const kernel = parameter(layer, 'kernel', shape, initialiser);
  return bias ? [kernel, parameter(layer, 'bias', shape.slice(-1), zeros)] : [kernel];
}

function parameter(
  layer: string,
  role: ParameterRole,
  shape: readonly number[],
  initialiser: Initialiser,
): ParameterSpec {
  const trainable = role !== 'movingMean' && role !== 'movingVariance';
  return { name: `${layer}/${role}`, layer, role, shape, trainable, initialiser };
}
