import { forEachTap, type Geometry, resolve } from './window.js';

type Values = ArrayLike<number>;

/** y, dx and dFilter of a convolution in double precision, straight from the definition. Filter [kernel, kernel, channels, filters]. */
export function convolution(g: Geometry, filters: number, x: Values, filter: Values, dy: Values) {
  const { outHeight, outWidth } = resolve(g);
  const y = new Float64Array(g.batch * outHeight * outWidth * filters);
  const dx = new Float64Array(x.length);
  const dFilter = new Float64Array(filter.length);
  forEachTap(g, (outPixel, inPixel, tap) => {
    for (let c = 0; c < g.channels; c++)
      for (let f = 0; f < filters; f++) {
        const o = outPixel * filters + f;
        const i = inPixel * g.channels + c;
        const w = (tap * g.channels + c) * filters + f;
        y[o] = at(y, o) + at(x, i) * at(filter, w);
        dx[i] = at(dx, i) + at(dy, o) * at(filter, w);
        dFilter[w] = at(dFilter, w) + at(dy, o) * at(x, i);
      }
  });
  return { y, dx, dFilter };
}

/** The same for a depthwise convolution; filter [kernel, kernel, channels, multiplier]. */
export function depthwise(g: Geometry, multiplier: number, x: Values, filter: Values, dy: Values) {
  const { outHeight, outWidth } = resolve(g);
  const outChannels = g.channels * multiplier;
  const y = new Float64Array(g.batch * outHeight * outWidth * outChannels);
  const dx = new Float64Array(x.length);
  const dFilter = new Float64Array(filter.length);
  forEachTap(g, (outPixel, inPixel, tap) => {
    for (let c = 0; c < g.channels; c++)
      for (let m = 0; m < multiplier; m++) {
        const o = outPixel * outChannels + c * multiplier + m;
        const i = inPixel * g.channels + c;
        const w = tap * outChannels + c * multiplier + m;
        y[o] = at(y, o) + at(x, i) * at(filter, w);
        dx[i] = at(dx, i) + at(dy, o) * at(filter, w);
        dFilter[w] = at(dFilter, w) + at(dy, o) * at(x, i);
      }
  });
  return { y, dx, dFilter };
}

function at(values: Values, index: number): number {
  return values[index] as number;
}
