/** A convolution or a pooling in plain terms: [batch, height, width, channels], explicit padding. */
export interface Geometry {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly dilation: number;
  readonly padding: 'same' | 'valid';
}

export interface Resolved {
  readonly outHeight: number;
  readonly outWidth: number;
  readonly top: number;
  readonly left: number;
}

/** Output size and leading padding by TensorFlow's rules. */
export function resolve(g: Geometry): Resolved {
  const [outHeight, top] = side(g.height, g.kernel[0], g);
  const [outWidth, left] = side(g.width, g.kernel[1], g);
  return { outHeight, outWidth, top, left };
}

function side(size: number, kernel: number, { stride, dilation, padding }: Geometry): [number, number] {
  const reach = (kernel - 1) * dilation + 1;
  if (padding === 'valid') return [Math.ceil((size - reach + 1) / stride), 0];
  const out = Math.ceil(size / stride);
  return [out, Math.floor(Math.max(0, (out - 1) * stride + reach - size) / 2)];
}

/** Calls `visit` for every output pixel and every tap that falls on an input pixel, with flat pixel and tap indices. */
export function forEachTap(g: Geometry, visit: (outPixel: number, inPixel: number, tap: number) => void): void {
  const { outHeight, outWidth, top, left } = resolve(g);
  for (let n = 0; n < g.batch; n++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let ow = 0; ow < outWidth; ow++)
        for (let kh = 0; kh < g.kernel[0]; kh++)
          for (let kw = 0; kw < g.kernel[1]; kw++) {
            const ih = oh * g.stride - top + kh * g.dilation;
            const iw = ow * g.stride - left + kw * g.dilation;
            if (ih < 0 || iw < 0 || ih >= g.height || iw >= g.width) continue;
            visit((n * outHeight + oh) * outWidth + ow, (n * g.height + ih) * g.width + iw, kh * g.kernel[1] + kw);
          }
}
