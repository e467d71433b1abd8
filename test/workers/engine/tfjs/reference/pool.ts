import { forEachTap, type Geometry, resolve } from './window.js';

type Values = ArrayLike<number>;

/** Max or average pooling and its dx, from the definition: padding is never the maximum and never counted. */
export function pool(kind: 'max' | 'average', g: Geometry, x: Values, dy: Values) {
  const { outHeight, outWidth } = resolve(g);
  const size = g.batch * outHeight * outWidth * g.channels;
  const y = new Float64Array(size).fill(kind === 'max' ? Number.NEGATIVE_INFINITY : 0);
  const taps = new Float64Array(size);
  const winner = new Int32Array(size).fill(-1);
  const each = (visit: (out: number, inside: number) => void) =>
    forEachTap(g, (outPixel, inPixel) => {
      for (let c = 0; c < g.channels; c++) visit(outPixel * g.channels + c, inPixel * g.channels + c);
    });
  each((o, i) => {
    const value = x[i] as number;
    taps[o] = (taps[o] as number) + 1;
    if (kind === 'average') y[o] = (y[o] as number) + value;
    else if (value > (y[o] as number)) {
      y[o] = value;
      winner[o] = i;
    }
  });
  const dx = new Float64Array(x.length);
  if (kind === 'max') {
    winner.forEach((i, o) => {
      dx[i] = (dx[i] as number) + (dy[o] as number);
    });
  } else {
    each((o, i) => {
      dx[i] = (dx[i] as number) + (dy[o] as number) / (taps[o] as number);
    });
    for (let o = 0; o < size; o++) y[o] = (y[o] as number) / (taps[o] as number);
  }
  return { y, dx };
}
