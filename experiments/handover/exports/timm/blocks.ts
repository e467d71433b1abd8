import { InputError } from '../../../../search/base/errors.js';
import type { Architecture, Stage } from '../../../../search/network/architecture.js';
import { expand } from '../../../../search/network/graph.js';
import type { ActivationName, LayerGraph } from '../../../../search/network/layers/index.js';

export type StageOf<Block extends Stage['block']> = Extract<Stage, { block: Block }>;

/** A stage in timm's notation, and timm's names for the parts of its blocks. */
export interface TimmStage {
  /** Such as `ir_r2_k3_s2_e6_c24_se0.25`. */
  readonly definition: string;
  /** Channels between expansion and projection of each block, where there is an expansion. */
  readonly expanded: readonly number[];
  /** timm's module by the part's name within a block: `expand/conv` is `conv_pw`. */
  readonly modules: Readonly<Record<string, string>>;
}

const expandedModules = {
  'expand/conv': 'conv_pw',
  'expand/norm': 'bn1',
  'depthwise/conv': 'conv_dw',
  'depthwise/norm': 'bn2',
  'squeeze/reduce': 'se.conv_reduce',
  'squeeze/expand': 'se.conv_expand',
  'project/conv': 'conv_pwl',
  'project/norm': 'bn3',
};

const separableModules = {
  'depthwise/conv': 'conv_dw',
  'depthwise/norm': 'bn1',
  'squeeze/reduce': 'se.conv_reduce',
  'squeeze/expand': 'se.conv_expand',
  'project/conv': 'conv_pw',
  'project/norm': 'bn2',
  'pointwise/conv': 'conv_pw',
  'pointwise/norm': 'bn2',
};

const convolutionModules = { conv: 'conv', norm: 'bn1' };

/** The stages between stem and head. Throws `bad-value` for a block that timm's EfficientNet does not have. */
export function blocksOf(network: Architecture, stages: readonly Stage[]): TimmStage[] {
  const graph = expand(network);
  return stages.map((stage) => {
    if (stage.stride > 2) throw refusal(`${stage.name}.stride`, '1 or 2', stage.stride);
    if (!Object.hasOwn(writers, stage.block))
      throw refusal(`${stage.name}.block`, 'mbconv, separable or conv', stage.block);
    const write = writers[stage.block as WrittenBlock] as (stage: Stage, graph: LayerGraph) => TimmStage;
    return write(stage, graph);
  });
}

type WrittenBlock = 'mbconv' | 'separable' | 'conv';

/** The blocks that timm has, each with its notation. */
const writers: { readonly [Block in WrittenBlock]: (stage: StageOf<Block>, graph: LayerGraph) => TimmStage } = {
  mbconv(stage, graph) {
    const expanded = expandedWidths(graph, stage);
    const [start, end] = codesOf(stage);
    const squeeze = stage.squeezeExcite ? `_se${stage.squeezeExcite.ratio}` : '';
    return expanded.length > 0
      ? { definition: `ir_${start}_e${stage.expand}_${end}${squeeze}`, expanded, modules: expandedModules }
      : { definition: `ds_${start}_e1_${end}${squeeze}`, expanded, modules: separableModules };
  },
  separable(stage) {
    const [start, end] = codesOf(stage);
    return { definition: `dsa_${start}_e1_${end}`, expanded: [], modules: separableModules };
  },
  conv(stage) {
    if (!stage.norm) throw refusal(`${stage.name}.norm`, 'batch norm', 'a bias');
    const [start, end] = codesOf(stage);
    return { definition: `cn_${start}_${end}`, expanded: [], modules: convolutionModules };
  },
};

/** The parts common to all definitions, such as `r2_k3_s1` and `c24_nre`. */
function codesOf(stage: StageOf<WrittenBlock>): [start: string, end: string] {
  const activation = activationOf(stage.activation, stage.name);
  return [`r${stage.repeats}_k${stage.kernel}_s${stage.stride}`, `c${stage.width}_n${codes[activation]}`];
}

const codes: Readonly<Record<string, string>> = { relu: 're', relu6: 'r6', swish: 'sw' };

function expandedWidths({ layers }: LayerGraph, stage: StageOf<'mbconv'>): number[] {
  const widths = layers.flatMap((layer) =>
    layer.name.startsWith(`${stage.name}/`) && layer.name.endsWith('/expand/conv') ? [layer.shape[2]] : [],
  );
  if (widths.length > 0 && widths.length < stage.repeats)
    throw refusal(`${stage.name}.expand`, 'an expansion in every block or in none', stage.expand);
  return widths;
}

/** timm's name of an activation. */
export function activationOf(activation: ActivationName, path: string): string {
  if (activation === 'relu' || activation === 'relu6' || activation === 'swish') return activation;
  throw refusal(`${path}.activation`, 'relu, relu6 or swish', activation);
}

/** The error for a network that timm's `EfficientNet` cannot express. */
export function refusal(path: string, rule: string, got: unknown): InputError {
  return new InputError('bad-value', `${path}: expected ${rule}, as timm's EfficientNet has nothing else, got ${got}`);
}
