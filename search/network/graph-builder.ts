import {
  type ActivationName,
  type BlockLayers,
  type Layer,
  type LayerGraph,
  type LayerSpec,
  operationOf,
  type Padding,
  type Shape,
} from './layers/index.js';

/** Constants of every batch norm of a network. */
export interface BatchNormOptions {
  readonly epsilon: number;
  readonly momentum: number;
}

/** A convolution with what follows it, as most blocks want it. */
export interface ConvOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly padding: Padding;
  /** Output channels; absent: a depthwise convolution. */
  readonly filters?: number;
  /** False: no batch norm, and the convolution has a bias instead. */
  readonly norm?: boolean;
  readonly activation: ActivationName;
}

/**
 * Grows a layer graph in topological order and computes every shape. The methods return the name of the layer that was added, which
 * later layers name as their input; the image is called `input`.
 */
export class GraphBuilder {
  private readonly layers: Layer[] = [];
  private readonly blocks: BlockLayers[] = [];
  private readonly shapes = new Map<string, Shape>();

  constructor(
    private readonly input: Shape,
    private readonly batchNorm: BatchNormOptions,
  ) {
    this.shapes.set('input', input);
  }

  /** Declares a tensor from outside the graph that layers may read, in addition to the image. */
  given(name: string, shape: Shape): void {
    if (this.shapes.has(name)) throw new Error(`two tensors are called ${name}`);
    this.shapes.set(name, shape);
  }

  /** Height, width and channels of what the layer called `name` writes. */
  shapeOf(name: string): Shape {
    const shape = this.shapes.get(name);
    if (!shape) throw new Error(`layer ${name} is read before it is there`);
    return shape;
  }

  add(name: string, inputs: readonly string[], layer: LayerSpec): string {
    if (this.shapes.has(name)) throw new Error(`two layers are called ${name}`);
    const [first, ...others] = inputs.map((input) => this.shapeOf(input));
    if (!first) throw new Error(`layer ${name} reads nothing`);
    const shape = operationOf(layer, name).shape(layer, [first, ...others], name);
    this.layers.push({ name, ...layer, inputs, shape } as Layer);
    this.shapes.set(name, shape);
    return name;
  }

  /** Runs `add` and records the layers that it adds as one block; returns the result of `add`. */
  block<T>(name: string, add: () => T): T {
    const first = this.layers.length;
    const result = add();
    this.blocks.push({ name, first, count: this.layers.length - first });
    return result;
  }

  /** Convolution, then batch norm, then activation: layers `name/conv`, `name/norm`, `name/activation`. A linear activation adds no layer. */
  conv(name: string, input: string, options: ConvOptions): string {
    const { kernel, stride = 1, padding, filters, norm = true } = options;
    const spatial = { kernel, stride, padding, bias: !norm };
    let output = this.add(
      `${name}/conv`,
      [input],
      filters === undefined ? { op: 'depthwise', ...spatial } : { op: 'conv', filters, ...spatial },
    );
    if (norm) output = this.norm(`${name}/norm`, output);
    return this.activate(`${name}/activation`, output, options.activation);
  }

  norm(name: string, input: string): string {
    return this.add(name, [input], { op: 'batchNorm', ...this.batchNorm });
  }

  activate(name: string, input: string, activation: ActivationName): string {
    return activation === 'linear' ? input : this.add(name, [input], { op: 'activation', activation });
  }

  /** Adds a residual branch to what the block read, with stochastic depth where the rate is above 0: layers `prefix/drop`, `prefix/add`. */
  residual(prefix: string, shortcut: string, branch: string, dropPathRate: number): string {
    const kept =
      dropPathRate > 0 ? this.add(`${prefix}/drop`, [branch], { op: 'dropPath', rate: dropPathRate }) : branch;
    return this.add(`${prefix}/add`, [shortcut, kept], { op: 'add' });
  }

  finish(output: string): LayerGraph {
    this.shapeOf(output);
    return { input: this.input, layers: this.layers, output, blocks: this.blocks };
  }
}
