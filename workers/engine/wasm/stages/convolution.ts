import type { Address } from '../kernels.js';
import type { Runtime, Take } from '../runtime.js';
import { type Window, windowSize, writeWindow } from '../window.js';
import { panelFloats } from './product.js';

/** Floats of gathered patches that are kept in the cache at a time: 256 KiB. */
const patchFloats = 65_536;

/** A convolution at work: its filter [kernelHeight, kernelWidth, inChannels, outChannels] packed for the directions that are used. */
export class Convolution {
  private readonly window: Address;
  private readonly tile: Address;
  private readonly gathers: boolean;
  private forwardPanels: Address = 0;
  private columns: Address = 0;
  private columnFloats = 0;
  private backward: { readonly window: Address; readonly panels: Address } | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly take: Take,
    private readonly w: Window,
    private readonly filter: Address,
  ) {
    this.window = take(windowSize);
    this.tile = take(runtime.kernels.MULTIPLY_SCRATCH.value);
    this.gathers = needsPatches(w);
    writeWindow(runtime, this.window, w);
  }

  /** Output pixels of all images. */
  get pixels(): number {
    return this.w.batchSize * this.w.outHeight * this.w.outWidth;
  }

  private get inner(): number {
    return this.w.filterHeight * this.w.filterWidth * this.w.inChannels;
  }

  /** Pixels [first, end) of y = conv(x) + bias; `bias` is the address of floats padded to a multiple of 8, or 0. */
  forward(x: Address, y: Address, bias: Address, first = 0, end = this.pixels): void {
    const { kernels } = this.runtime;
    const { inner, w } = this;
    if (this.forwardPanels === 0) {
      this.forwardPanels = this.take(panelFloats(inner, w.outChannels));
      kernels.packPanels(this.filter, this.forwardPanels, inner, w.outChannels, w.outChannels, 1, inner, 0);
    }
    const block = patchBlock(inner);
    const columns = this.patches(inner);
    kernels.conv2d(x, this.forwardPanels, y, this.window, first, end, bias, columns, block, this.tile);
  }

  /** Adds to dFilter the part of output pixels [first, end); `dy` points at pixel `first`. */
  filterGradient(x: Address, dy: Address, dFilter: Address, first = 0, end = this.pixels): void {
    const { inner } = this;
    const columns = this.patches(inner);
    this.runtime.kernels.conv2dFilterGradient(x, dy, dFilter, this.window, first, end, columns, patchBlock(inner));
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
      for (let tap = 0; tap < taps; tap++) {
        const source = this.filter + (taps - 1 - tap) * w.inChannels * w.outChannels * 4;
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
      kernels.packPanels(this.filter, panels, w.outChannels, inner, 1, w.outChannels, w.outChannels, 0);
      this.backward = { window: this.take(windowSize), panels };
    }
    const { window, panels } = this.backward;
    writeWindow(this.runtime, window, { ...w, batchSize: images });
    const columns = this.patches(inner, true);
    kernels.conv2dInputGradient(dy, panels, dx, window, columns, patchBlock(inner), this.tile);
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
  const padded = padInfo.top + padInfo.left + padInfo.bottom + padInfo.right > 0;
  return filterHeight * filterWidth * strideHeight * strideWidth > 1 || padded;
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
