import type { Address } from '../kernels.js';
import type { Runtime, Take } from '../runtime.js';
import { type Window, windowSize, writeWindow } from '../window.js';
import { panelFloats } from './product.js';
import { copyTaps, cropWindow, isWhole, type TapRange, tapRange } from './taps.js';

/** Floats of gathered patches that are kept in the cache at a time: 256 KiB. */
const patchFloats = 65_536;

/**
 * A convolution at work: its filter [kernelHeight, kernelWidth, inChannels, outChannels] packed for the directions that are used, without
 * the taps that only ever fall on padding.
 */
export class Convolution {
  /** The window without those taps. */
  private readonly w: Window;
  private readonly range: TapRange;
  private readonly isCropped: boolean;
  private readonly window: Address;
  private readonly tile: Address;
  private readonly gathers: boolean;
  private forwardPanels: Address = 0;
  private columns: Address = 0;
  private columnFloats = 0;
  private backward: { readonly window: Address; readonly panels: Address } | undefined;
  private sums: Address = 0;

  constructor(
    private readonly runtime: Runtime,
    private readonly take: Take,
    private readonly whole: Window,
    private readonly wholeFilter: Address,
  ) {
    this.range = tapRange(whole);
    this.isCropped = !isWhole(this.range, whole);
    this.w = this.isCropped ? cropWindow(whole, this.range) : whole;
    this.window = take(windowSize);
    this.tile = take(runtime.kernels.MULTIPLY_SCRATCH.value);
    this.gathers = needsPatches(this.w);
    writeWindow(runtime, this.window, this.w);
  }

  /** Output pixels of all images. */
  get pixels(): number {
    return this.w.batchSize * this.w.outHeight * this.w.outWidth;
  }

  /** Floats of one patch. */
  private get inner(): number {
    return this.w.filterHeight * this.w.filterWidth * this.w.inChannels;
  }

  /** Pixels [first, end) of y = conv(x) + bias; `bias` is the address of floats padded to a multiple of 8, or 0. */
  forward(x: Address, y: Address, bias: Address, first = 0, end = this.pixels): void {
    const { kernels } = this.runtime;
    const { inner, w } = this;
    if (this.forwardPanels === 0) {
      this.forwardPanels = this.take(panelFloats(inner, w.outChannels));
      kernels.packPanels(this.filter(), this.forwardPanels, inner, w.outChannels, w.outChannels, 1, inner, 0);
    }
    const block = patchBlock(inner);
    const columns = this.patches(inner);
    kernels.conv2d(x, this.forwardPanels, y, this.window, first, end, bias, columns, block, this.tile);
  }

  /** Adds up the filter's gradient over output pixels [first, end), whose gradients begin at `dy`. */
  addFilterGradient(x: Address, dy: Address, first = 0, end = this.pixels): void {
    const { inner } = this;
    const size = inner * this.w.outChannels;
    if (this.sums === 0) {
      this.sums = this.take(size);
      this.runtime.zero(this.sums, size);
    }
    const columns = this.patches(inner);
    const block = patchBlock(inner);
    this.runtime.kernels.conv2dFilterGradient(x, dy, this.sums, this.window, first, end, columns, block);
  }

  /** Writes the filter's gradient that was added up. */
  writeFilterGradient(dFilter: Address): void {
    const { runtime, whole } = this;
    const size = whole.filterHeight * whole.filterWidth * whole.inChannels * whole.outChannels;
    if (!this.isCropped) {
      runtime.copy(dFilter, this.sums, size);
      return;
    }
    runtime.zero(dFilter, size);
    copyTaps(runtime, whole, this.range, dFilter, this.sums, 'restore');
  }

  /** dx of `images` images that follow each other from `dy` and `dx` on. */
  inputGradient(dy: Address, dx: Address, images = this.w.batchSize): void {
    if (this.w.strideHeight === 1 && this.w.strideWidth === 1) this.convolveTurned(dy, dx, images);
    else this.scatter(dy, dx, images);
  }

  /** At stride 1 dx is the convolution of dy with the filter turned by 180° and its channels swapped. */
  private convolveTurned(dy: Address, dx: Address, images: number): void {
    const { kernels } = this.runtime;
    const { w } = this;
    const taps = w.filterHeight * w.filterWidth;
    const inner = taps * w.outChannels;
    if (!this.backward) {
      const panels = this.take(panelFloats(inner, w.inChannels));
      const filter = this.filter();
      for (let tap = 0; tap < taps; tap++) {
        const source = filter + (taps - 1 - tap) * w.inChannels * w.outChannels * 4;
        kernels.packPanels(source, panels, w.outChannels, w.inChannels, 1, w.outChannels, inner, tap * w.outChannels);
      }
      const window = this.take(windowSize);
      writeWindow(this.runtime, window, turned(w));
      this.backward = { window, panels };
    }
    const { window, panels } = this.backward;
    const end = images * w.inHeight * w.inWidth;
    kernels.conv2d(dy, panels, dx, window, 0, end, 0, this.patches(inner), patchBlock(inner), this.tile);
  }

  /** At other strides every output pixel adds the gradient of its patch to the pixels that it saw. */
  private scatter(dy: Address, dx: Address, images: number): void {
    const { kernels } = this.runtime;
    const { w, inner } = this;
    if (!this.backward) {
      const panels = this.take(panelFloats(w.outChannels, inner));
      kernels.packPanels(this.filter(), panels, w.outChannels, inner, 1, w.outChannels, w.outChannels, 0);
      this.backward = { window: this.take(windowSize), panels };
    }
    const { window, panels } = this.backward;
    writeWindow(this.runtime, window, { ...w, batchSize: images });
    const columns = this.patches(inner, true);
    kernels.conv2dInputGradient(dy, panels, dx, window, columns, patchBlock(inner), this.tile);
  }

  /** The filter without the taps that are left out. */
  private filter(): Address {
    if (!this.isCropped) return this.wholeFilter;
    const cropped = this.take(this.inner * this.w.outChannels);
    copyTaps(this.runtime, this.whole, this.range, this.wholeFilter, cropped, 'crop');
    return cropped;
  }

  /** Room for a block of patches of `inner` floats; none where an input's pixels are its patches. */
  private patches(inner: number, always = this.gathers): Address {
    const floats = always ? patchBlock(inner) * inner : 0;
    if (floats > this.columnFloats) {
      this.columns = this.take(floats);
      this.columnFloats = floats;
    }
    return this.columns;
  }
}

/** Output pixels whose patches of `inner` floats are gathered at a time. */
function patchBlock(inner: number): number {
  return Math.max(8, Math.floor(patchFloats / inner) & ~3);
}

function needsPatches(w: Window): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = w;
  const isPointwise = filterHeight * filterWidth * strideHeight * strideWidth === 1;
  const isAligned = padInfo.top === 0 && padInfo.left === 0 && w.outHeight === w.inHeight && w.outWidth === w.inWidth;
  return !(isPointwise && isAligned);
}

function turned(w: Window): Window {
  return {
    ...w,
    inHeight: w.outHeight,
    inWidth: w.outWidth,
    inChannels: w.outChannels,
    outHeight: w.inHeight,
    outWidth: w.inWidth,
    outChannels: w.inChannels,
    padInfo: {
      ...w.padInfo,
      top: (w.filterHeight - 1) * w.dilationHeight - w.padInfo.top,
      left: (w.filterWidth - 1) * w.dilationWidth - w.padInfo.left,
    },
  };
}
