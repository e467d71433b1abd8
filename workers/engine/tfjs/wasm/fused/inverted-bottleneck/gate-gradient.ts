import type { Address } from '../../kernels.js';
import type { Runtime, Take } from '../../runtime.js';
import { Product } from '../../stages/product.js';
import type { Attributes, BlockShape, Tensors } from './block.js';

/** The backward pass of squeeze-and-excite, a few images at a time. */
export class GateGradient {
  private readonly dGate: Address;
  private readonly dHidden: Address;
  private readonly dPooled: Address;
  private readonly active: Address;
  private readonly toHidden: Product;
  private readonly toPooled: Product;

  constructor(
    private readonly runtime: Runtime,
    take: Take,
    private readonly t: Tensors,
    private readonly d: Tensors,
    private readonly shape: BlockShape,
    private readonly attributes: Attributes,
  ) {
    const { batch, channels, squeezed, images } = shape;
    this.dGate = take(batch * channels);
    this.dHidden = take(batch * squeezed);
    this.active = take(batch * squeezed);
    this.dPooled = take(images * channels);
    this.toHidden = new Product(runtime, take, t.at('w2'), channels, squeezed, { transposed: true });
    this.toPooled = new Product(runtime, take, t.at('w1'), squeezed, channels, { transposed: true });
  }

  /**
   * Of `images` images from `first` on. In: `activated`, what the gate scaled, and `dScaled`, the gradient of what came out. Out:
   * `activated` is scaled by the gate, and `dScaled` is the gradient of what was `activated`.
   */
  apply(first: number, images: number, activated: Address, dScaled: Address): void {
    const { runtime, t, dPooled } = this;
    const { kernels } = runtime;
    const { channels, squeezed, outPixels } = this.shape;
    const gate = t.at('gate', first * channels);
    const dGate = this.dGate + 4 * first * channels;
    const dHidden = this.dHidden + 4 * first * squeezed;
    kernels.imageSums(activated, dScaled, dGate, images, outPixels, channels, 1);
    kernels.gateGradient(gate, dGate, images * channels);
    this.toHidden.multiply(dGate, dHidden, images);
    const hidden = t.at('hidden', first * squeezed);
    kernels.activateGradient(hidden, dHidden, dHidden, images * squeezed, this.attributes.squeezeKind);
    this.toPooled.multiply(dHidden, dPooled, images);
    kernels.imageScale(dScaled, gate, dPooled, 1 / outPixels, dScaled, images, outPixels, channels);
    kernels.imageScale(activated, gate, 0, 0, activated, images, outPixels, channels);
  }

  /** Once all images are done: the gradients of the weights. */
  finish(): void {
    const { runtime, t, d, active, dGate, dHidden } = this;
    const { kernels } = runtime;
    const { batch, channels, squeezed } = this.shape;
    runtime.zero(d.at('w1'), channels * squeezed);
    runtime.zero(d.at('w2'), channels * squeezed);
    kernels.activate(t.at('hidden'), active, batch * squeezed, this.attributes.squeezeKind);
    kernels.multiplyTransposedAdd(active, dGate, d.at('w2'), batch, squeezed, channels, squeezed, channels);
    kernels.columnSums(dGate, d.at('b2'), batch, channels);
    kernels.multiplyTransposedAdd(t.at('pooled'), dHidden, d.at('w1'), batch, channels, squeezed, channels, squeezed);
    kernels.columnSums(dHidden, d.at('b1'), batch, squeezed);
  }
}
