import { Window } from './geometry';
import { fma, load4, store4, zero4, zeroFloats } from './simd';

/**
 * Depthwise convolutions with one filter a channel, filter [kernelHeight, kernelWidth, channels]. Channels are the vector; the last
 * channels % 4 are done one by one. A channel multiplier is handled by `depthwiseMultiplied…` below, plainly: it is rare.
 */

// First tap of a line whose position start + tap · dilation is inside [0, size), and the tap after the last.
// @ts-ignore: decorator
@inline function firstTap(start: i32, dilation: i32): i32 {
  return start >= 0 ? 0 : (dilation - 1 - start) / dilation;
}

// @ts-ignore: decorator
@inline function endTap(start: i32, dilation: i32, taps: i32, size: i32): i32 {
  return start >= size ? 0 : min(taps, (size - start + dilation - 1) / dilation);
}

/** y = depthwise(x, filter). */
export function depthwise(x: usize, filter: usize, y: usize, w: Window): void {
  const channels = w.inChannels;
  const pixelBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  const stepBytes = pixelBytes * <usize>w.strideWidth;
  const tapBytes = pixelBytes * <usize>w.dilationWidth;
  const kernelWidth = w.kernelWidth;
  const reach = 3 * w.strideWidth + (kernelWidth - 1) * w.dilationWidth;
  for (let image = 0; image < w.batch; image++) {
    for (let oh = 0; oh < w.outHeight; oh++) {
      const ih0 = oh * w.strideHeight - w.padTop;
      const khFirst = firstTap(ih0, w.dilationHeight);
      const khEnd = endTap(ih0, w.dilationHeight, w.kernelHeight, w.inHeight);
      let target = y + <usize>((image * w.outHeight + oh) * w.outWidth) * pixelBytes;
      let ow = 0;
      while (ow < w.outWidth) {
        const iw0 = ow * w.strideWidth - w.padLeft;
        if (ow + 4 <= w.outWidth && iw0 >= 0 && iw0 + reach < w.inWidth) {
          // Four pixels whose taps are all inside: every filter value is read once for the four.
          const corner = x + <usize>((image * w.inHeight + ih0) * w.inWidth + iw0) * pixelBytes;
          for (let c: usize = 0; c < vectorBytes; c += 16) {
            let s0 = zero4(), s1 = s0, s2 = s0, s3 = s0;
            for (let kh = khFirst; kh < khEnd; kh++) {
              let source = corner + <usize>(kh * w.dilationHeight * w.inWidth) * pixelBytes + c;
              let weight = filter + <usize>(kh * kernelWidth) * pixelBytes + c;
              for (let kw = 0; kw < kernelWidth; kw++) {
                const f = load4(weight);
                s0 = fma(load4(source), f, s0);
                s1 = fma(load4(source + stepBytes), f, s1);
                s2 = fma(load4(source + 2 * stepBytes), f, s2);
                s3 = fma(load4(source + 3 * stepBytes), f, s3);
                source += tapBytes;
                weight += pixelBytes;
              }
            }
            store4(target + c, s0);
            store4(target + pixelBytes + c, s1);
            store4(target + 2 * pixelBytes + c, s2);
            store4(target + 3 * pixelBytes + c, s3);
          }
          for (let c = vectorBytes; c < pixelBytes; c += 4) {
            for (let i = 0; i < 4; i++) {
              const source = corner + <usize>i * stepBytes + c;
              store<f32>(target + <usize>i * pixelBytes + c, sumTaps(source, filter + c, w, khFirst, khEnd, 0, kernelWidth));
            }
          }
          target += 4 * pixelBytes;
          ow += 4;
          continue;
        }
        const kwFirst = firstTap(iw0, w.dilationWidth);
        const kwEnd = endTap(iw0, w.dilationWidth, kernelWidth, w.inWidth);
        const corner = x + <usize>((image * w.inHeight + ih0) * w.inWidth + iw0) * pixelBytes;
        for (let c: usize = 0; c < vectorBytes; c += 16) {
          let sum = zero4();
          for (let kh = khFirst; kh < khEnd; kh++) {
            let source = corner + <usize>(kh * w.dilationHeight * w.inWidth) * pixelBytes + <usize>kwFirst * tapBytes + c;
            let weight = filter + <usize>(kh * kernelWidth + kwFirst) * pixelBytes + c;
            for (let kw = kwFirst; kw < kwEnd; kw++) {
              sum = fma(load4(source), load4(weight), sum);
              source += tapBytes;
              weight += pixelBytes;
            }
          }
          store4(target + c, sum);
        }
        for (let c = vectorBytes; c < pixelBytes; c += 4) {
          store<f32>(target + c, sumTaps(corner + c, filter + c, w, khFirst, khEnd, kwFirst, kwEnd));
        }
        target += pixelBytes;
        ow++;
      }
    }
  }
}

/** One channel of one output pixel. */
function sumTaps(corner: usize, filter: usize, w: Window, khFirst: i32, khEnd: i32, kwFirst: i32, kwEnd: i32): f32 {
  const pixelBytes = (<usize>w.inChannels) << 2;
  let sum: f32 = 0;
  for (let kh = khFirst; kh < khEnd; kh++) {
    const source = corner + <usize>(kh * w.dilationHeight * w.inWidth) * pixelBytes;
    const weight = filter + <usize>(kh * w.kernelWidth) * pixelBytes;
    for (let kw = kwFirst; kw < kwEnd; kw++) {
      sum += load<f32>(source + <usize>(kw * w.dilationWidth) * pixelBytes) * load<f32>(weight + <usize>kw * pixelBytes);
    }
  }
  return sum;
}

/** dx of a depthwise convolution: every input pixel gathers from the output pixels that saw it. */
export function depthwiseInputGradient(dy: usize, filter: usize, dx: usize, w: Window): void {
  const channels = w.inChannels;
  const pixelBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  let target = dx;
  for (let image = 0; image < w.batch; image++) {
    for (let ih = 0; ih < w.inHeight; ih++) {
      for (let iw = 0; iw < w.inWidth; iw++) {
        for (let c: usize = 0; c < pixelBytes; c += c < vectorBytes ? 16 : 4) {
          let sum = zero4();
          let tail: f32 = 0;
          for (let kh = 0; kh < w.kernelHeight; kh++) {
            const th = ih + w.padTop - kh * w.dilationHeight;
            if (th < 0) break;
            const oh = th / w.strideHeight;
            if (oh * w.strideHeight != th || oh >= w.outHeight) continue;
            for (let kw = 0; kw < w.kernelWidth; kw++) {
              const tw = iw + w.padLeft - kw * w.dilationWidth;
              if (tw < 0) break;
              const ow = tw / w.strideWidth;
              if (ow * w.strideWidth != tw || ow >= w.outWidth) continue;
              const source = dy + <usize>((image * w.outHeight + oh) * w.outWidth + ow) * pixelBytes + c;
              const weight = filter + <usize>(kh * w.kernelWidth + kw) * pixelBytes + c;
              if (c < vectorBytes) sum = fma(load4(source), load4(weight), sum);
              else tail += load<f32>(source) * load<f32>(weight);
            }
          }
          if (c < vectorBytes) store4(target + c, sum);
          else store<f32>(target + c, tail);
        }
        target += pixelBytes;
      }
    }
  }
}

/** dFilter of a depthwise convolution: line by line, so that a sum is as long as a line and the lines' sums are then added. */
export function depthwiseFilterGradient(x: usize, dy: usize, dFilter: usize, w: Window): void {
  const channels = w.inChannels;
  const pixelBytes = (<usize>channels) << 2;
  const vectorBytes = (<usize>(channels & ~3)) << 2;
  const stepBytes = pixelBytes * <usize>w.strideWidth;
  zeroFloats(dFilter, w.kernelHeight * w.kernelWidth * channels);
  for (let image = 0; image < w.batch; image++) {
    for (let oh = 0; oh < w.outHeight; oh++) {
      const ih0 = oh * w.strideHeight - w.padTop;
      const khEnd = endTap(ih0, w.dilationHeight, w.kernelHeight, w.inHeight);
      const gradientLine = dy + <usize>((image * w.outHeight + oh) * w.outWidth) * pixelBytes;
      for (let kh = firstTap(ih0, w.dilationHeight); kh < khEnd; kh++) {
        const line = x + <usize>((image * w.inHeight + ih0 + kh * w.dilationHeight) * w.inWidth) * pixelBytes;
        for (let kw = 0; kw < w.kernelWidth; kw++) {
          const iw0 = kw * w.dilationWidth - w.padLeft;
          const owFirst = firstTap(iw0, w.strideWidth);
          const owEnd = endTap(iw0, w.strideWidth, w.outWidth, w.inWidth);
          if (owFirst >= owEnd) continue;
          const source = line + <usize>(iw0 + owFirst * w.strideWidth) * pixelBytes;
          const gradient = gradientLine + <usize>owFirst * pixelBytes;
          const end = gradientLine + <usize>owEnd * pixelBytes;
          const target = dFilter + <usize>(kh * w.kernelWidth + kw) * pixelBytes;
          for (let c: usize = 0; c < vectorBytes; c += 16) {
            let sum = zero4();
            let a = source + c;
            for (let g = gradient + c; g < end; g += pixelBytes) {
              sum = fma(load4(a), load4(g), sum);
              a += stepBytes;
            }
            store4(target + c, f32x4.add(load4(target + c), sum));
          }
          for (let c = vectorBytes; c < pixelBytes; c += 4) {
            let sum: f32 = 0;
            let a = source + c;
            for (let g = gradient + c; g < end; g += pixelBytes) {
              sum += load<f32>(a) * load<f32>(g);
              a += stepBytes;
            }
            store<f32>(target + c, load<f32>(target + c) + sum);
          }
        }
      }
    }
  }
}

/**
 * All three directions of a depthwise convolution with several filters a channel, filter [kernelHeight, kernelWidth, inChannels, multiplier].
 * `direction` 0: y from x and filter; 1: dx from dy and filter; 2: dFilter from x and dy. The result is zeroed first.
 */
export function depthwiseMultiplied(x: usize, filter: usize, y: usize, w: Window, direction: i32): void {
  const multiplier = w.outChannels / w.inChannels;
  const inCount = w.batch * w.inHeight * w.inWidth * w.inChannels;
  const filterCount = w.kernelHeight * w.kernelWidth * w.outChannels;
  const outCount = w.batch * w.outHeight * w.outWidth * w.outChannels;
  if (direction == 0) zeroFloats(y, outCount);
  else if (direction == 1) zeroFloats(x, inCount);
  else zeroFloats(filter, filterCount);
  for (let image = 0; image < w.batch; image++) {
    for (let oh = 0; oh < w.outHeight; oh++) {
      for (let ow = 0; ow < w.outWidth; ow++) {
        const out = y + (<usize>(((image * w.outHeight + oh) * w.outWidth + ow) * w.outChannels) << 2);
        for (let kh = 0; kh < w.kernelHeight; kh++) {
          const ih = oh * w.strideHeight - w.padTop + kh * w.dilationHeight;
          if (<u32>ih >= <u32>w.inHeight) continue;
          for (let kw = 0; kw < w.kernelWidth; kw++) {
            const iw = ow * w.strideWidth - w.padLeft + kw * w.dilationWidth;
            if (<u32>iw >= <u32>w.inWidth) continue;
            const source = x + (<usize>(((image * w.inHeight + ih) * w.inWidth + iw) * w.inChannels) << 2);
            const weights = filter + (<usize>((kh * w.kernelWidth + kw) * w.outChannels) << 2);
            for (let c = 0; c < w.outChannels; c++) {
              const a = source + (<usize>(c / multiplier) << 2);
              const f = weights + (<usize>c << 2);
              const o = out + (<usize>c << 2);
              if (direction == 0) store<f32>(o, load<f32>(o) + load<f32>(a) * load<f32>(f));
              else if (direction == 1) store<f32>(a, load<f32>(a) + load<f32>(o) * load<f32>(f));
              else store<f32>(f, load<f32>(f) + load<f32>(a) * load<f32>(o));
            }
          }
        }
      }
    }
  }
}
