import { load4, loadLanes, store4 } from './simd';

/**
 * A plane holds four channels of one image, pixel after pixel, with zeros around it where a window reaches over the edge. Neighbouring
 * pixels lie 16 bytes apart whatever the number of channels, so a window's taps are at constant offsets, no tap needs a test for the
 * edge, and a plane of 32 × 32 pixels fits the first cache level. Four planes are filled at a time: 16 channels are a cache line.
 */
export const PLANES = 4;

/** How one image's pixels lie in a plane. */
@unmanaged
export class PlaneLayout {
  /** Of the plane, zeros included. */
  height: i32;
  width: i32;
  /** Where the image's first pixel lies. */
  top: i32;
  left: i32;
}

// @ts-ignore: decorator
@inline export function planeBytes(layout: PlaneLayout): usize {
  return (<usize>(layout.height * layout.width)) << 4;
}

/**
 * Fills planes with `channels` ≤ 16 channels of one image [height, width]; `x` points at the first of them and pixels lie `pixelBytes`
 * apart. What lies around the pixels is left alone: the caller has zeroed it.
 */
export function fillPlanes(
  x: usize,
  height: i32,
  width: i32,
  pixelBytes: usize,
  channels: i32,
  planes: usize,
  layout: PlaneLayout,
): void {
  const size = planeBytes(layout);
  const rows = min(height, layout.height - layout.top);
  const columns = min(width, layout.width - layout.left);
  for (let row = 0; row < rows; row++) {
    let source = x + <usize>(row * width) * pixelBytes;
    let target = planes + ((<usize>((row + layout.top) * layout.width + layout.left)) << 4);
    const end = target + ((<usize>columns) << 4);
    if (channels == 4 * PLANES) {
      while (target < end) {
        store4(target, load4(source));
        store4(target + size, load4(source + 16));
        store4(target + 2 * size, load4(source + 32));
        store4(target + 3 * size, load4(source + 48));
        source += pixelBytes;
        target += 16;
      }
    } else {
      while (target < end) {
        let plane = target;
        for (let c = 0; c < channels; c += 4) {
          store4(plane, loadLanes(source + ((<usize>c) << 2), channels - c));
          plane += size;
        }
        source += pixelBytes;
        target += 16;
      }
    }
  }
}
