import type { Layer, LayerOf, OperationName, Shape } from '../../../../search/network/layers/index.js';
import type { FloatTensor } from '../safetensors.js';
import { type TrainedModel, weightOf } from '../trained-model.js';
import { toChannelsFirst, toFiltersFirst, transposed } from '../transpose.js';
import { split } from './arguments.js';
import { blocksOf } from './blocks.js';

/** A model's weights under the names and in the layout of timm's `EfficientNet`. Throws the errors of `timmArguments`. */
export function timmWeights(model: TrainedModel): FloatTensor[] {
  const moduleOf = modulesOf(model);
  const shapes = new Map<string, Shape>([['input', model.graph.input]]);
  return model.graph.layers.flatMap((layer) => {
    const input = shapes.get(layer.inputs[0] as string) as Shape;
    shapes.set(layer.name, layer.shape);
    const write = writers[layer.op] as Writer<Layer>;
    return write(layer, { model, input, moduleOf });
  });
}

/** timm's module for each of our layers and for the two halves of squeeze-and-excite. */
function modulesOf({ network }: TrainedModel): (name: string) => string {
  const { stem, head, stages } = split(network);
  const modules = new Map([
    [`${stem.name}/block1/conv`, 'conv_stem'],
    [`${stem.name}/block1/norm`, 'bn1'],
    ['logits', 'classifier'],
  ]);
  if (head) modules.set(`${head.name}/block1/conv`, 'conv_head').set(`${head.name}/block1/norm`, 'bn2');
  const described = blocksOf(network, stages);
  stages.forEach(({ name, repeats }, i) => {
    for (let block = 0; block < repeats; block++) {
      for (const [part, module] of Object.entries(described[i]?.modules ?? {}))
        modules.set(`${name}/block${block + 1}/${part}`, `blocks.${i}.${block}.${module}`);
    }
  });
  return (name) => {
    const module = modules.get(name);
    if (module === undefined) throw new Error(`timm has no module for ${name}`);
    return module;
  };
}

/** The model with the weights, the shape of the layer's input, and timm's module names. */
interface Place {
  readonly model: TrainedModel;
  readonly input: Shape;
  readonly moduleOf: (name: string) => string;
}

type Writer<L extends Layer> = (layer: L, place: Place) => readonly FloatTensor[];

/** The tensors of timm's modules for each operation. */
const writers: { readonly [Op in OperationName]: Writer<LayerOf<Op>> } = {
  conv({ name, filters, kernel }, { model, input: [, , channels], moduleOf }) {
    const values = toFiltersFirst(weightOf(model, `${name}/kernel`), [kernel, kernel, channels, filters]);
    return [{ name: `${moduleOf(name)}.weight`, shape: [filters, channels, kernel, kernel], values }];
  },
  depthwise({ name, kernel }, { model, input: [, , channels], moduleOf }) {
    const values = toChannelsFirst(weightOf(model, `${name}/kernel`), kernel, channels);
    return [{ name: `${moduleOf(name)}.weight`, shape: [channels, 1, kernel, kernel], values }];
  },
  batchNorm({ name }, { model, moduleOf }) {
    const module = moduleOf(name);
    return [
      vector(`${module}.weight`, weightOf(model, `${name}/gamma`)),
      vector(`${module}.bias`, weightOf(model, `${name}/beta`)),
      vector(`${module}.running_mean`, weightOf(model, `${name}/movingMean`)),
      vector(`${module}.running_var`, weightOf(model, `${name}/movingVariance`)),
    ];
  },
  squeezeExcite({ name, squeezed }, { model, input: [, , channels], moduleOf }) {
    const half = (part: string, from: number, to: number): FloatTensor[] => {
      const values = transposed(weightOf(model, `${part}/kernel`), from, to);
      const module = moduleOf(part);
      return [
        { name: `${module}.weight`, shape: [to, from, 1, 1], values },
        vector(`${module}.bias`, weightOf(model, `${part}/bias`)),
      ];
    };
    return [...half(`${name}/reduce`, channels, squeezed), ...half(`${name}/expand`, squeezed, channels)];
  },
  dense({ name, units }, { model, input: [, , channels], moduleOf }) {
    const module = moduleOf(name);
    const values = transposed(weightOf(model, `${name}/kernel`), channels, units);
    return [
      { name: `${module}.weight`, shape: [units, channels], values },
      vector(`${module}.bias`, weightOf(model, `${name}/bias`)),
    ];
  },
  activation: () => [],
  maxPool: () => [],
  averagePool: () => [],
  globalAveragePool: () => [],
  flatten: () => [],
  dropout: () => [],
  dropPath: () => [],
  add: () => [],
  concat: () => [],
};

function vector(name: string, values: Float32Array): FloatTensor {
  return { name, shape: [values.length], values };
}
