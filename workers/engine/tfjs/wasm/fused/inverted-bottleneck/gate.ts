import { activationKinds } from '../../activation.js';
import type { Address } from '../../kernels.js';
import type { Runtime, Take } from '../../runtime.js';
import { Product } from '../../stages/product.js';
import type { Attributes, BlockShape, Tensors } from './block.js';

/** Squeeze-and-excite, a few images at a time: a gate needs its own image alone. */
export class Gate {
  private readonly active: Address;
  private readonly toHidden: Product;
  private readonly toGate: Product;

  constructor(
    private readonly runtime: Runtime,
    take: Take,
    private readonly t: Tensors,
    private readonly shape: BlockShape,
    private readonly attributes: Attributes,
  ) {
    const { channels, squeezed, images } = shape;
    this.active = take(images * squeezed);
    this.toHidden = new Product(runtime, take, t.at('w1'), channels, squeezed, { bias: t.at('b1') });
    this.toGate = new Product(runtime, take, t.at('w2'), squeezed, channels, { bias: t.at('b2') });
  }

  /** Writes pooled, hidden and gate of `images` images from `first` on, and scales what is `activated` by the gate. */
  apply(first: number, images: number, activated: Address): void {
    const { active, t } = this;
    const { kernels } = this.runtime;
    const { channels, squeezed, outPixels } = this.shape;
    const pooled = t.at('pooled', first * channels);
    const hidden = t.at('hidden', first * squeezed);
    const gate = t.at('gate', first * channels);
    kernels.imageSums(activated, 0, pooled, images, outPixels, channels, 1 / outPixels);
    this.toHidden.multiply(pooled, hidden, images);
    kernels.activate(hidden, active, images * squeezed, this.attributes.squeezeKind);
    this.toGate.multiply(active, gate, images);
    kernels.activate(gate, gate, images * channels, activationKinds.sigmoid);
    kernels.imageScale(activated, gate, 0, 0, activated, images, outPixels, channels);
  }
}
