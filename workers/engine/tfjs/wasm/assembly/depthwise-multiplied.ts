import { Window } from './geometry';
import { zeroFloats } from './simd';

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
