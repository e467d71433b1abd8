import type { Layer, LayerOf, Shape } from '../../../../search/network/layers.js';
import type { FloatTensor } from '../safetensors.js';
import { type TrainedModel, weightOf } from '../trained-model.js';
import { toChannelsFirst, toFiltersFirst, transposed } from '../transpose.js';
import { split } from './arguments.js';
import { blocksOf } from './blocks.js';

/** A model's numbers under the names and in the layout that timm's `EfficientNet` loads. Throws as `timmArguments`. */
export function timmWeights(model: TrainedModel): FloatTensor[] {
  const moduleOf = modulesOf(model);
  const shapes = new Map<string, Shape>([['input', model.graph.input]]);
  return model.graph.layers.flatMap((layer) => {
    const input = shapes.get(layer.inputs[0] as string) as Shape;
    shapes.set(layer.name, layer.shape);
    return tensorsOf(model, layer, input, moduleOf);
  });
}

/** timm's module of each of our layers, and of the two halves of squeeze-and-excite. */
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

function tensorsOf(model: TrainedModel, layer: Layer, input: Shape, moduleOf: (name: string) => string): FloatTensor[] {
  const { name } = layer;
  const values = (role: string, of = name): Float32Array => weightOf(model, `${of}/${role}`);
  const vector = (tensor: string, numbers: Float32Array): FloatTensor => {
    return { name: tensor, shape: [numbers.length], values: numbers };
  };
  switch (layer.op) {
    case 'conv':
    case 'depthwise':
      return [{ name: `${moduleOf(name)}.weight`, ...filters(layer, input, values('kernel')) }];
    case 'batchNorm': {
      const module = moduleOf(name);
      return [
        vector(`${module}.weight`, values('gamma')),
        vector(`${module}.bias`, values('beta')),
        vector(`${module}.running_mean`, values('movingMean')),
        vector(`${module}.running_var`, values('movingVariance')),
      ];
    }
    case 'squeezeExcite': {
      const halves = [
        ['reduce', input[2], layer.squeezed],
        ['expand', layer.squeezed, input[2]],
      ] as const;
      return halves.flatMap(([half, from, to]) => {
        const part = `${name}/${half}`;
        const kernel = transposed(values('kernel', part), from, to);
        return [
          { name: `${moduleOf(part)}.weight`, shape: [to, from, 1, 1], values: kernel },
          vector(`${moduleOf(part)}.bias`, values('bias', part)),
        ];
      });
    }
    case 'dense': {
      const module = moduleOf(name);
      const kernel = transposed(values('kernel'), input[2], layer.units);
      return [
        { name: `${module}.weight`, shape: [layer.units, input[2]], values: kernel },
        vector(`${module}.bias`, values('bias')),
      ];
    }
    default:
      return [];
  }
}

function filters(layer: LayerOf<'conv'> | LayerOf<'depthwise'>, [, , channels]: Shape, values: Float32Array) {
  const { kernel } = layer;
  return layer.op === 'conv'
    ? {
        shape: [layer.filters, channels, kernel, kernel],
        values: toFiltersFirst(values, [kernel, kernel, channels, layer.filters]),
      }
    : { shape: [channels, 1, kernel, kernel], values: toChannelsFirst(values, kernel, channels) };
}
