import { Window } from './geometry';
import { fma, load4, splat4, store4, zero4, zeroFloats } from './simd';

/** Max and average pooling over [batch, height, width, channels], with TensorFlow's rules: padding is never the maximum and never counted. */

/** y = the maximum of each window. A NaN in the window gives NaN. */
export function maxPool(x: usize, y: usize, w: Window): void {
  const pixelBytes = (<usize>w.inChannels) << 2;
  const vectorBytes = (<usize>(w.inChannels & ~3)) << 2;
  let target = y;
  for (let image = 0; image < w.batch; image++) {
    for (let oh = 0; oh < w.outHeight; oh++) {
      for (let ow = 0; ow < w.outWidth; ow++) {
        for (let c: usize = 0; c < pixelBytes; c += c < vectorBytes ? 16 : 4) {
          let best = f32x4.splat(-Infinity);
          for (let kh = 0; kh < w.kernelHeight; kh++) {
            const ih = oh * w.strideHeight - w.padTop + kh * w.dilationHeight;
            if (<u32>ih >= <u32>w.inHeight) continue;
            for (let kw = 0; kw < w.kernelWidth; kw++) {
              const iw = ow * w.strideWidth - w.padLeft + kw * w.dilationWidth;
              if (<u32>iw >= <u32>w.inWidth) continue;
              const source = x + <usize>((image * w.inHeight + ih) * w.inWidth + iw) * pixelBytes + c;
              best = f32x4.max(best, c < vectorBytes ? load4(source) : splat4(source));
            }
          }
          if (c < vectorBytes) store4(target + c, best);
          else store<f32>(target + c, f32x4.extract_lane(best, 0));
        }
        target += pixelBytes;
      }
    }
  }
}

/** dx of max pooling: each window's gradient goes to the first of its largest values. */
export function maxPoolGradient(x: usize, dy: usize, dx: usize, w: Window): void {
  const pixelBytes = (<usize>w.inChannels) << 2;
  zeroFloats(dx, w.batch * w.inHeight * w.inWidth * w.inChannels);
  let gradient = dy;
  for (let image = 0; image < w.batch; image++) {
    for (let oh = 0; oh < w.outHeight; oh++) {
      for (let ow = 0; ow < w.outWidth; ow++) {
        for (let c: usize = 0; c < pixelBytes; c += 4) {
          let best: f32 = -Infinity;
          let at: usize = 0;
          let found = false;
          for (let kh = 0; kh < w.kernelHeight; kh++) {
            const ih = oh * w.strideHeight - w.padTop + kh * w.dilationHeight;
            if (<u32>ih >= <u32>w.inHeight) continue;
            for (let kw = 0; kw < w.kernelWidth; kw++) {
              const iw = ow * w.strideWidth - w.padLeft + kw * w.dilationWidth;
              if (<u32>iw >= <u32>w.inWidth) continue;
              const offset = <usize>((image * w.inHeight + ih) * w.inWidth + iw) * pixelBytes + c;
              const value = load<f32>(x + offset);
              if (!found || value > best || value != value) {
                best = value;
                at = offset;
                found = true;
              }
            }
          }
          if (found) store<f32>(dx + at, load<f32>(dx + at) + load<f32>(gradient + c));
        }
        gradient += pixelBytes;
      }
    }
  }
}

/** How many of `kernel` taps from `start` on fall inside [0, size). */
// @ts-ignore: decorator
@inline function inside(start: i32, kernel: i32, dilation: i32, size: i32): i32 {
  let count = 0;
  for (let tap = 0; tap < kernel; tap++) if (<u32>(start + tap * dilation) < <u32>size) count++;
  return count;
}

/** y = the mean of each window over the pixels that exist; with `gradient`, dx (in `x`) from dy (in `y`). */
export function averagePool(x: usize, y: usize, w: Window, gradient: i32): void {
  const pixelBytes = (<usize>w.inChannels) << 2;
  const vectorBytes = (<usize>(w.inChannels & ~3)) << 2;
  if (gradient) zeroFloats(x, w.batch * w.inHeight * w.inWidth * w.inChannels);
  let pixel = y;
  for (let image = 0; image < w.batch; image++) {
    for (let oh = 0; oh < w.outHeight; oh++) {
      const ih0 = oh * w.strideHeight - w.padTop;
      const tall = inside(ih0, w.kernelHeight, w.dilationHeight, w.inHeight);
      for (let ow = 0; ow < w.outWidth; ow++) {
        const iw0 = ow * w.strideWidth - w.padLeft;
        const share = f32x4.splat(1 / <f32>max(1, tall * inside(iw0, w.kernelWidth, w.dilationWidth, w.inWidth)));
        for (let c: usize = 0; c < pixelBytes; c += c < vectorBytes ? 16 : 4) {
          let sum = zero4();
          const part = f32x4.mul(c < vectorBytes ? load4(pixel + c) : splat4(pixel + c), share);
          for (let kh = 0; kh < w.kernelHeight; kh++) {
            const ih = ih0 + kh * w.dilationHeight;
            if (<u32>ih >= <u32>w.inHeight) continue;
            for (let kw = 0; kw < w.kernelWidth; kw++) {
              const iw = iw0 + kw * w.dilationWidth;
              if (<u32>iw >= <u32>w.inWidth) continue;
              const source = x + <usize>((image * w.inHeight + ih) * w.inWidth + iw) * pixelBytes + c;
              if (c < vectorBytes) {
                if (gradient) store4(source, f32x4.add(load4(source), part));
                else sum = f32x4.add(sum, load4(source));
              } else if (gradient) store<f32>(source, load<f32>(source) + f32x4.extract_lane(part, 0));
              else sum = f32x4.add(sum, splat4(source));
            }
          }
          if (!gradient) {
            if (c < vectorBytes) store4(pixel + c, f32x4.mul(sum, share));
            else store<f32>(pixel + c, f32x4.extract_lane(f32x4.mul(sum, share), 0));
          }
        }
        pixel += pixelBytes;
      }
    }
  }
}
