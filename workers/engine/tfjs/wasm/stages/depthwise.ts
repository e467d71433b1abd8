import type { Address } from '../kernels.js';
import type { Runtime, Take } from '../runtime.js';
import { type Window, windowSize, writeWindow } from '../window.js';

/** A depthwise convolution at work: one filter a channel, [kernelHeight, kernelWidth, channels], packed for both directions. */
export class DepthwiseConvolution {
  private readonly window: Address;
  private readonly workspace: Address;

  constructor(
    private readonly runtime: Runtime,
    take: Take,
    w: Window,
    filter: Address,
  ) {
    const { kernels } = runtime;
    this.window = take(windowSize);
    writeWindow(runtime, this.window, w);
    const size = runtime.withScratch((briefly) =>
      kernels.depthwiseBytes(this.window, briefly(kernels.depthwiseFixedBytes() / 4)),
    );
    this.workspace = take(size / 4);
    kernels.depthwisePrepare(filter, this.window, this.workspace);
  }

  /** y of `images` images. `fromMemory`: x and y are too large for a cache or have not been touched lately. */
  forward(x: Address, y: Address, images: number, fromMemory: boolean): void {
    this.runtime.kernels.depthwise(x, y, this.window, this.workspace, images, fromMemory ? 1 : 0);
  }

  /** dx unless its address is 0, and the images' part of the filter's gradient unless the address of x is 0. */
  gradient(x: Address, dy: Address, dx: Address, images: number, fromMemory: boolean): void {
    this.runtime.kernels.depthwiseGradient(x, dy, dx, this.window, this.workspace, images, fromMemory ? 1 : 0);
  }

  /** Writes the filter's gradient that the images so far sum up to. */
  filterGradient(dFilter: Address): void {
    this.runtime.kernels.depthwiseFilterSums(dFilter, this.window, this.workspace);
  }
}
