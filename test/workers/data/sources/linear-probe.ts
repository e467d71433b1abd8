import { Random } from '../../../../search/base/random.js';

interface Examples {
  /** One row per image. */
  readonly features: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** Held-out accuracy of multinomial logistic regression on standardised features: 150 steps of full-batch gradient descent. */
export function accuracyOf(train: Examples, held: Examples, classes: number): number {
  const width = train.features[0]?.length ?? 0;
  const standardise = standardiserOf(train.features);
  const x = standardise(train.features);
  const n = train.labels.length;
  const weights = new Float64Array((width + 1) * classes);
  const gradient = new Float64Array(weights.length);
  for (let step = 0; step < 150; step++) {
    gradient.fill(0);
    for (let i = 0; i < n; i++) {
      const residual = softmax(logits(x, i, width, weights, classes));
      residual[train.labels[i] as number]! -= 1;
      for (let f = 0; f <= width; f++) {
        const value = f === width ? 1 : x[i * width + f]!;
        for (let c = 0; c < classes; c++) gradient[f * classes + c]! += (value * residual[c]!) / n;
      }
    }
    for (let k = 0; k < weights.length; k++) weights[k]! -= 0.5 * (gradient[k]! + 1e-3 * weights[k]!);
  }
  const y = standardise(held.features);
  let right = 0;
  held.labels.forEach((label, i) => {
    const scores = logits(y, i, width, weights, classes);
    if (scores.indexOf(Math.max(...scores)) === label) right++;
  });
  return right / held.labels.length;
}

function logits(x: Float64Array, row: number, width: number, weights: Float64Array, classes: number): Float64Array {
  const result = new Float64Array(classes);
  for (let f = 0; f <= width; f++) {
    const value = f === width ? 1 : x[row * width + f]!;
    for (let c = 0; c < classes; c++) result[c]! += value * weights[f * classes + c]!;
  }
  return result;
}

function softmax(values: Float64Array): Float64Array {
  const most = Math.max(...values);
  const exponentials = values.map((value) => Math.exp(value - most));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((value) => value / sum);
}

function standardiserOf(features: readonly (readonly number[])[]) {
  const width = features[0]?.length ?? 0;
  const column = (f: number) => features.map((row) => row[f] as number);
  const mean = Array.from({ length: width }, (_, f) => column(f).reduce((a, b) => a + b) / features.length);
  const deviation = mean.map(
    (m, f) => Math.sqrt(column(f).reduce((sum, value) => sum + (value - m) ** 2, 0) / features.length) || 1,
  );
  return (rows: readonly (readonly number[])[]) =>
    Float64Array.from(rows.flatMap((row) => row.map((value, f) => (value - mean[f]!) / deviation[f]!)));
}

function perImage(pixels: Uint8Array, side: number, featuresOf: (image: Uint8Array) => number[]): number[][] {
  const bytes = side * side * 3;
  return Array.from({ length: pixels.length / bytes }, (_, i) =>
    featuresOf(pixels.subarray(i * bytes, (i + 1) * bytes)),
  );
}

/** Of each channel: mean, variance and a histogram of 16 bins. */
export function channelStatistics(pixels: Uint8Array, side: number): number[][] {
  return perImage(pixels, side, (image) =>
    [0, 1, 2].flatMap((channel) => {
      const values = image.filter((_, i) => i % 3 === channel);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      const histogram = new Array<number>(16).fill(0);
      for (const value of values) histogram[value >> 4]! += 1 / values.length;
      return [mean, variance, ...histogram];
    }),
  );
}

/** The pixels themselves, every eighth of the side. */
export function coarsePixels(pixels: Uint8Array, side: number): number[][] {
  const step = side / 8;
  return perImage(pixels, side, (image) =>
    Array.from({ length: 192 }, (_, i) => {
      const [y, x, channel] = [Math.floor(i / 24), Math.floor(i / 3) % 8, i % 3];
      return image[((y * step + step / 2) * side + x * step + step / 2) * 3 + channel] as number;
    }),
  );
}

/** Mean of |response| of 16 random 3×3 filters without a mean, and its standard deviation over the image. */
export function filterResponses(pixels: Uint8Array, side: number): number[][] {
  const random = new Random(7);
  const filters = Array.from({ length: 16 }, () => {
    const taps = Float64Array.from({ length: 27 }, () => random.uniform() - 0.5);
    const mean = taps.reduce((a, b) => a + b) / 27;
    return taps.map((tap) => tap - mean);
  });
  const stride = side / 32;
  return perImage(pixels, side, (image) =>
    filters.flatMap((taps) => {
      let sum = 0;
      let squares = 0;
      let count = 0;
      for (let y = 0; y + 3 <= side; y += stride) {
        for (let x = 0; x + 3 <= side; x += stride) {
          let response = 0;
          for (let row = 0, t = 0; row < 3; row++) {
            for (let i = ((y + row) * side + x) * 3, end = i + 9; i < end; i++, t++) response += taps[t]! * image[i]!;
          }
          const size = Math.abs(response);
          sum += size;
          squares += size * size;
          count++;
        }
      }
      return [sum / count, Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2))];
    }),
  );
}
