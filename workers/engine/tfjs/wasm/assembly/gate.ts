import { load4, store4 } from './simd';

/** d ← d · g · (1 − g) for `count` floats: the gradient of the gate g = sigmoid(z) with regard to z. */
export function gateGradient(gate: usize, d: usize, count: i32): void {
  const one = f32x4.splat(1);
  const vectors = (<usize>(count & ~3)) << 2;
  for (let i: usize = 0; i < vectors; i += 16) {
    const g = load4(gate + i);
    store4(d + i, f32x4.mul(load4(d + i), f32x4.mul(g, f32x4.sub(one, g))));
  }
  for (let i = vectors, end = (<usize>count) << 2; i < end; i += 4) {
    const g = load<f32>(gate + i);
    store<f32>(d + i, load<f32>(d + i) * (g * (1 - g)));
  }
}
