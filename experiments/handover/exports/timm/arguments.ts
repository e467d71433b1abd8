import type { Architecture } from '../../../../search/network/architecture.js';
import { expand } from '../../../../search/network/graph.js';
import type { Multipliers } from '../../../../search/scaling/coefficients.js';
import { nearestWidth } from '../../../../search/scaling/rounding.js';
import type { Normalisation } from '../../../../workers/data/dataset.js';
import { activationOf, blocksOf, refusal, type StageOf } from './blocks.js';

/** Arguments of timm's `EfficientNet`, under timm's own names where it has them. */
export interface TimmArguments {
  /** One list of block strings per stage, before the two multipliers. */
  readonly arch_def: readonly (readonly string[])[];
  readonly channel_multiplier: number;
  readonly depth_multiplier: number;
  readonly channel_divisor: number;
  readonly stem_size: number;
  readonly stem_kernel_size: number;
  readonly stem_stride: number;
  readonly fix_stem: boolean;
  readonly num_features: number;
  readonly in_chans: number;
  readonly num_classes: number;
  readonly act_layer: string;
  /** Activation of squeeze-and-excite where it differs from the block's. */
  readonly se_act_layer: string | null;
  /** False: some expanded widths are not multiples of 8, to which timm would round them. */
  readonly round_expansion: boolean;
  /** `same` pads like TensorFlow, an empty string like PyTorch. */
  readonly pad_type: 'same' | '';
  readonly bn_eps: number;
  /** PyTorch's sense: the share of the new statistic. */
  readonly bn_momentum: number;
  readonly drop_rate: number;
  readonly drop_path_rate: number;
  readonly resolution: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The scaling that produced a network. It is exported as multipliers where timm's own rounding gives the same network. */
export interface Scaled {
  readonly baseline: Architecture;
  readonly multipliers: Pick<Multipliers, 'depth' | 'width'>;
}

/**
 * The arguments that build a network with timm. Throws `bad-value`, naming the stage and the rule, for networks that its `EfficientNet`
 * cannot express, such as ResNets.
 */
export function timmArguments(network: Architecture, normalisation: Normalisation, scaled?: Scaled): TimmArguments {
  const { stem, head, stages } = split(network);
  const base = scaled && isMadeByTimm(scaled, network) ? scaled : null;
  const from = base?.baseline ?? network;
  const blocks = blocksOf(network, stages);
  return {
    arch_def: blocksOf(from, split(from).stages).map(({ definition }) => [definition]),
    channel_multiplier: base?.multipliers.width ?? 1,
    depth_multiplier: base?.multipliers.depth ?? 1,
    channel_divisor: network.widthDivisor,
    stem_size: split(from).stem.width,
    stem_kernel_size: stem.kernel,
    stem_stride: stem.stride,
    fix_stem: base === null || stem.scaleWidth === false,
    num_features: head?.width ?? 0,
    in_chans: network.channels,
    num_classes: network.classes,
    act_layer: activationOf(stem.activation, 'stem'),
    se_act_layer: squeezeActivation(stages),
    round_expansion: blocks.every(({ expanded }) => expanded.every((width) => width % 8 === 0)),
    pad_type: paddingOf(network),
    bn_eps: network.batchNorm.epsilon,
    bn_momentum: Number((1 - network.batchNorm.momentum).toFixed(9)),
    drop_rate: network.regularisation.dropout,
    drop_path_rate: network.regularisation.stochasticDepth,
    resolution: network.resolutionPx,
    ...normalisation,
  };
}

interface Parts {
  readonly stem: StageOf<'conv'>;
  /** Null: the classifier follows the last stage directly. */
  readonly head: StageOf<'conv'> | null;
  readonly stages: Architecture['stages'];
}

/** The stem, the stages and the last 1×1 convolution of a network. */
export function split({ stages, classifier }: Architecture): Parts {
  if (classifier.pool !== 'average' || classifier.hidden.length > 0)
    throw refusal('classifier', 'an average and one dense layer', classifier.pool);
  const [stem] = stages;
  if (stem?.block !== 'conv' || stem.repeats !== 1 || !stem.norm)
    throw refusal('stages.0', 'one convolution with batch norm', stem?.block);
  const last = stages.at(-1);
  const isHead = last?.block === 'conv' && last.kernel === 1 && last.repeats === 1 && last.stride === 1 && last.norm;
  const head = isHead && stages.length > 1 ? last : null;
  if (head && head.activation !== stem.activation)
    throw refusal(`${head.name}.activation`, `that of the stem, ${stem.activation}`, head.activation);
  return { stem, head, stages: stages.slice(1, head ? -1 : undefined) };
}

function squeezeActivation(stages: Architecture['stages']): string | null {
  const foreign = stages.flatMap((stage) =>
    stage.block === 'mbconv' && stage.squeezeExcite && stage.squeezeExcite.activation !== stage.activation
      ? [stage.squeezeExcite.activation]
      : [],
  );
  const [first] = foreign;
  if (!first) return null;
  const all = stages.flatMap((stage) => (stage.block === 'mbconv' && stage.squeezeExcite ? [stage.squeezeExcite] : []));
  if (all.some(({ activation }) => activation !== first))
    throw refusal('squeezeExcite.activation', 'one for all stages', [...new Set(foreign)].join(' and '));
  return activationOf(first, 'squeezeExcite');
}

/** The padding of all windows larger than 1×1, which must be the same. */
function paddingOf(network: Architecture): 'same' | '' {
  const paddings = new Set(
    expand(network).layers.flatMap((layer) =>
      (layer.op === 'conv' || layer.op === 'depthwise') && layer.kernel > 1 ? [layer.padding] : [],
    ),
  );
  const [padding = 'same'] = paddings;
  if (paddings.size > 1 || padding === 'valid')
    throw refusal('padding', 'same everywhere or symmetric everywhere', [...paddings].join(' and '));
  return padding === 'same' ? 'same' : '';
}

/** Whether timm's own rounding turns the baseline into this network: repeats rounded up, every width by the same multiplier. */
function isMadeByTimm({ baseline, multipliers: { depth, width } }: Scaled, network: Architecture): boolean {
  const [from, to] = [split(baseline), split(network)];
  const isFixed = from.stem.scaleWidth === false;
  const round = (channels: number): number => nearestWidth(channels, width, baseline.widthDivisor);
  return (
    from.stages.length === to.stages.length &&
    to.stem.width === (isFixed ? from.stem.width : round(from.stem.width)) &&
    from.stages.every(({ repeats, width: channels }, i) => {
      const built = to.stages[i] as Architecture['stages'][number];
      return built.repeats === Math.ceil(repeats * depth) && built.width === round(channels);
    })
  );
}
