import type { ActivationName, Layer, LayerOf } from './layers/index.js';
import type { Segment } from './segments.js';

/** A convolution without bias together with the batch norm and the activation that alone read it. */
export interface Unit<Conv extends Layer = LayerOf<'conv'> | LayerOf<'depthwise'>> {
  readonly conv: Conv;
  readonly norm: LayerOf<'batchNorm'>;
  readonly activation: ActivationName;
  /** All of its layers, in order. */
  readonly layers: readonly Layer[];
}

/** An inverted bottleneck; without an expansion, a depthwise separable convolution. */
export interface Bottleneck {
  readonly expand: Unit<LayerOf<'conv'>> | null;
  readonly depthwise: Unit<LayerOf<'depthwise'>>;
  readonly squeezeExcite: LayerOf<'squeezeExcite'> | null;
  readonly project: Unit<LayerOf<'conv'>>;
  readonly layers: readonly Layer[];
}

/** One unit of computation: a layer, or consecutive layers that are computed as one. `layers` are all of them, in order. */
export type Group =
  | { readonly kind: 'bottleneck'; readonly layers: readonly Layer[]; readonly bottleneck: Bottleneck }
  | { readonly kind: 'convolution'; readonly layers: readonly Layer[]; readonly unit: Unit<LayerOf<'conv'>> }
  | {
      readonly kind: 'norm';
      readonly layers: readonly Layer[];
      readonly norm: LayerOf<'batchNorm'>;
      readonly activation: ActivationName;
    }
  | { readonly kind: 'single'; readonly layers: readonly [Layer]; readonly layer: Layer };

/**
 * What an engine computes as one: whole inverted bottlenecks and convolutions with their batch norm, or only batch norm with its activation.
 */
export type Fusion = 'bottlenecks' | 'norms';

/** The layers of a segment as units of computation, in order, each as large as `fusion` allows. */
export function groupsOf({ layers, outputs }: Pick<Segment, 'layers' | 'outputs'>, fusion: Fusion): Group[] {
  const finder = new GroupFinder(layers, outputs);
  const done = new Set<Layer>();
  const groups: Group[] = [];
  for (const layer of layers) {
    if (done.has(layer)) continue;
    const group = finder.groupAt(layer, fusion);
    for (const one of group.layers) done.add(one);
    groups.push(group);
  }
  return groups;
}

class GroupFinder {
  private readonly readers = new Map<string, Layer[]>();
  private readonly readOutside: ReadonlySet<string>;

  constructor(layers: readonly Layer[], readOutside: readonly string[]) {
    this.readOutside = new Set(readOutside);
    for (const layer of layers)
      for (const input of new Set(layer.inputs)) {
        const readers = this.readers.get(input);
        if (readers) readers.push(layer);
        else this.readers.set(input, [layer]);
      }
  }

  groupAt(layer: Layer, fusion: Fusion): Group {
    if (fusion === 'bottlenecks') {
      const bottleneck = this.bottleneckAt(layer);
      if (bottleneck) return { kind: 'bottleneck', layers: bottleneck.layers, bottleneck };
      const unit = this.unitAt(layer);
      if (isConvolution(unit)) return { kind: 'convolution', layers: unit.layers, unit };
    }
    if (layer.op === 'batchNorm') {
      const activation = this.activationAfter(layer);
      const layers = activation ? [layer, activation] : [layer];
      return { kind: 'norm', layers, norm: layer, activation: activation?.activation ?? 'linear' };
    }
    return { kind: 'single', layers: [layer], layer };
  }

  /** The unit that starts with a layer. */
  private unitAt(layer: Layer | undefined): Unit | undefined {
    if ((layer?.op !== 'conv' && layer?.op !== 'depthwise') || layer.bias) return undefined;
    const norm = this.onlyReader(layer);
    if (norm?.op !== 'batchNorm') return undefined;
    const activation = this.activationAfter(norm);
    const layers = [layer, norm, ...(activation ? [activation] : [])];
    return { conv: layer, norm, activation: activation?.activation ?? 'linear', layers };
  }

  /** The bottleneck that starts with a layer. */
  private bottleneckAt(layer: Layer): Bottleneck | undefined {
    const first = this.unitAt(layer);
    const expand = isPointwise(first) ? first : null;
    const depthwise = expand ? this.unitAt(this.after(expand)) : first;
    if (!isDepthwise(depthwise)) return undefined;
    const next = this.after(depthwise);
    const squeezeExcite = next?.op === 'squeezeExcite' ? next : null;
    const project = this.unitAt(squeezeExcite ? this.onlyReader(squeezeExcite) : next);
    if (!isPointwise(project)) return undefined;
    const layers = [
      ...(expand?.layers ?? []),
      ...depthwise.layers,
      ...(squeezeExcite ? [squeezeExcite] : []),
      ...project.layers,
    ];
    return { expand, depthwise, squeezeExcite, project, layers };
  }

  private activationAfter(layer: Layer): LayerOf<'activation'> | undefined {
    const reader = this.onlyReader(layer);
    return reader?.op === 'activation' ? reader : undefined;
  }

  private after(unit: Unit): Layer | undefined {
    return this.onlyReader(unit.layers.at(-1) as Layer);
  }

  private onlyReader(layer: Layer): Layer | undefined {
    const [reader, ...others] = this.readers.get(layer.name) ?? [];
    return others.length === 0 && !this.readOutside.has(layer.name) ? reader : undefined;
  }
}

function isConvolution(unit: Unit | undefined): unit is Unit<LayerOf<'conv'>> {
  return unit?.conv.op === 'conv';
}

function isPointwise(unit: Unit | undefined): unit is Unit<LayerOf<'conv'>> {
  return isConvolution(unit) && unit.conv.kernel === 1 && unit.conv.stride === 1;
}

function isDepthwise(unit: Unit | undefined): unit is Unit<LayerOf<'depthwise'>> {
  return unit?.conv.op === 'depthwise';
}
