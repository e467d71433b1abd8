/**
 * What one call of a kernel amounts to, from its arguments (workers/engine/tfjs/wasm/kernels.ts): `flops`, two for a multiply-add, or `bytes`
 * read and written when nothing comes from a cache. A kernel that is not listed is counted by its time alone.
 */

const floatBytes = 4;
const flops = (count) => ({ flops: 2 * count });
const bytes = (floats) => ({ bytes: floatBytes * floats });

/** The window of a convolution as assembly/geometry.ts has it, read from the memory. */
function windowAt(heap, address) {
  const [batch, , , inChannels, outHeight, outWidth, outChannels, kernelHeight, kernelWidth] = heap.HEAP32.subarray(
    address >>> 2,
    (address >>> 2) + 9,
  );
  return { batch, inChannels, outChannels, pixels: outHeight * outWidth, taps: kernelHeight * kernelWidth };
}

const product = (_a, _b, _c, rows, inner, columns) => flops(rows * inner * columns);

const convolution = (heap, window, pixels) => {
  const { inChannels, outChannels, taps, ...w } = windowAt(heap, window);
  return flops((pixels ?? w.batch * w.pixels) * taps * inChannels * outChannels);
};

const depthwise = (heap, window, images, passes) => {
  const { inChannels, pixels, taps } = windowAt(heap, window);
  return flops(images * pixels * taps * inChannels * passes);
};

const linear = 0;

export const workOf = {
  multiplyPacked: () => product,
  multiplyTransposedAdd: () => product,
  transpose: () => (_a, _t, rows, columns) => bytes(2 * rows * columns),
  conv2d: (heap) => (_x, _packed, _y, window, first, end) => convolution(heap, window, end - first),
  conv2dFilterGradient: (heap) => (_x, _dy, _dFilter, window, first, end) => convolution(heap, window, end - first),
  conv2dInputGradient: (heap) => (_dy, _packed, _dx, window) => convolution(heap, window),
  depthwise: (heap) => (_x, _y, window, _scratch, images) => depthwise(heap, window, images, 1),
  depthwiseGradient: (heap) => (x, _dy, dx, window, _scratch, images) =>
    depthwise(heap, window, images, (x ? 1 : 0) + (dx ? 1 : 0)),
  addMoments: () => (_x, rows, channels) => bytes(rows * channels),
  normalise: () => (_x, _scale, _shift, _y, rows, channels) => bytes(2 * rows * channels),
  normaliseWithSlope: () => (_x, _scale, _shift, _y, _slope, rows, channels) => bytes(3 * rows * channels),
  addGradientSums: () => (_x, _dy, _scale, _shift, _mean, _g, rows, channels, kind) =>
    bytes((kind === linear ? 2 : 3) * rows * channels),
  multiplyWithSums: () => (_x, _dy, _slope, _mean, _g, rows, channels) => bytes(4 * rows * channels),
  combineGradient: () => (_x, _g, _coefficients, _dx, rows, channels) => bytes(3 * rows * channels),
  imageSums: () => (_x, other, _y, batch, pixels, channels) => bytes((other ? 2 : 1) * batch * pixels * channels),
  imageScale: () => (_x, _scale, _shift, _factor, _y, batch, pixels, channels) => bytes(2 * batch * pixels * channels),
  columnSums: () => (_x, _y, rows, channels) => bytes(rows * channels),
  activate: () => (_x, _y, count) => bytes(2 * count),
  activateGradient: () => (_x, _dy, _dx, count) => bytes(3 * count),
  sgdStep: () => (_w, _g, _v, count) => bytes(5 * count),
  rmspropStep: () => (_w, _g, _v, _s, count) => bytes(7 * count),
  averageStep: () => (_average, _w, count) => bytes(3 * count),
  zero: () => (_target, floats) => bytes(floats),
  copy: () => (_target, _source, floats) => bytes(2 * floats),
};
