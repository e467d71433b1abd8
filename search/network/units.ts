import type { ActivationName, Layer, LayerGraph, LayerOf } from './layers.js';

/** A convolution without bias, with the batch norm and the activation behind it that nothing else reads. */
export interface Unit<Conv extends Layer = LayerOf<'conv'> | LayerOf<'depthwise'>> {
  readonly conv: Conv;
  readonly norm: LayerOf<'batchNorm'>;
  readonly activation: ActivationName;
  /** All of its layers, in order. */
  readonly layers: readonly Layer[];
}

/** An inverted bottleneck, or the depthwise separable convolution that it is without an expansion. */
export interface Bottleneck {
  readonly expand: Unit<LayerOf<'conv'>> | null;
  readonly depthwise: Unit<LayerOf<'depthwise'>>;
  readonly squeezeExcite: LayerOf<'squeezeExcite'> | null;
  readonly project: Unit<LayerOf<'conv'>>;
  readonly layers: readonly Layer[];
}

/** Finds layers that follow each other and can be computed as one. */
export class UnitFinder {
  private readonly readers = new Map<string, Layer[]>();

  constructor(private readonly graph: LayerGraph) {
    for (const layer of graph.layers)
      for (const input of new Set(layer.inputs)) {
        this.readers.set(input, [...(this.readers.get(input) ?? []), layer]);
      }
  }

  /** The activation that alone reads a layer. */
  activationAfter(layer: Layer): LayerOf<'activation'> | undefined {
    const reader = this.onlyReader(layer);
    return reader?.op === 'activation' ? reader : undefined;
  }

  /** The unit that begins with a layer. */
  unitAt(layer: Layer | undefined): Unit | undefined {
    if ((layer?.op !== 'conv' && layer?.op !== 'depthwise') || layer.bias) return undefined;
    const norm = this.onlyReader(layer);
    if (norm?.op !== 'batchNorm') return undefined;
    const activation = this.activationAfter(norm);
    const layers = [layer, norm, ...(activation ? [activation] : [])];
    return { conv: layer, norm, activation: activation?.activation ?? 'linear', layers };
  }

  /** The bottleneck that begins with a layer. */
  bottleneckAt(layer: Layer): Bottleneck | undefined {
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

  private after(unit: Unit): Layer | undefined {
    return this.onlyReader(unit.layers.at(-1) as Layer);
  }

  private onlyReader(layer: Layer): Layer | undefined {
    const [reader, ...others] = this.readers.get(layer.name) ?? [];
    return others.length === 0 && layer.name !== this.graph.output ? reader : undefined;
  }
}

function isPointwise(unit: Unit | undefined): unit is Unit<LayerOf<'conv'>> {
  return unit?.conv.op === 'conv' && unit.conv.kernel === 1 && unit.conv.stride === 1;
}

function isDepthwise(unit: Unit | undefined): unit is Unit<LayerOf<'depthwise'>> {
  return unit?.conv.op === 'depthwise';
}
