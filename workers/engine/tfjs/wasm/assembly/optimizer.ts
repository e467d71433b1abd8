import { fma, load4, splat4, store4 } from './simd';

/** One step of an optimiser on one variable, in place; engine.ts of the parent folder has the formulas. */

/** v ← momentum · v + (g + decay · w); w ← w − rate · v. */
export function sgdStep(w: usize, g: usize, v: usize, count: i32, rate: f32, momentum: f32, decay: f32): void {
  const m = f32x4.splat(momentum), d = f32x4.splat(decay), r = f32x4.splat(-rate);
  const vectors = (<usize>(count & ~3)) << 2;
  for (let i: usize = 0; i < vectors; i += 16) {
    const weight = load4(w + i);
    const velocity = fma(load4(v + i), m, fma(weight, d, load4(g + i)));
    store4(v + i, velocity);
    store4(w + i, fma(velocity, r, weight));
  }
  for (let i = vectors, end = (<usize>count) << 2; i < end; i += 4) {
    const velocity = load<f32>(v + i) * momentum + (load<f32>(w + i) * decay + load<f32>(g + i));
    store<f32>(v + i, velocity);
    store<f32>(w + i, load<f32>(w + i) - rate * velocity);
  }
}

/** s ← ρ · s + (1 − ρ) · g²; v ← momentum · v + rate · g / √(s + epsilon); w ← w − v, with g + decay · w for g. */
export function rmspropStep(
  w: usize,
  g: usize,
  v: usize,
  s: usize,
  count: i32,
  rate: f32,
  momentum: f32,
  decay: f32,
  rho: f32,
  epsilon: f32,
): void {
  const m = f32x4.splat(momentum), d = f32x4.splat(decay), r = f32x4.splat(rate);
  const keep = f32x4.splat(rho), take = f32x4.splat(1 - rho), e = f32x4.splat(epsilon);
  const vectors = (<usize>(count & ~3)) << 2;
  for (let i: usize = 0; i < vectors; i += 16) {
    const weight = load4(w + i);
    const gradient = fma(weight, d, load4(g + i));
    const square = fma(f32x4.mul(gradient, gradient), take, f32x4.mul(load4(s + i), keep));
    const step = f32x4.div(f32x4.mul(gradient, r), f32x4.sqrt(f32x4.add(square, e)));
    const velocity = fma(load4(v + i), m, step);
    store4(s + i, square);
    store4(v + i, velocity);
    store4(w + i, f32x4.sub(weight, velocity));
  }
  for (let i = vectors, end = (<usize>count) << 2; i < end; i += 4) {
    const gradient = load<f32>(w + i) * decay + load<f32>(g + i);
    const square = gradient * gradient * (1 - rho) + load<f32>(s + i) * rho;
    const velocity = load<f32>(v + i) * momentum + (gradient * rate) / sqrt<f32>(square + epsilon);
    store<f32>(s + i, square);
    store<f32>(v + i, velocity);
    store<f32>(w + i, load<f32>(w + i) - velocity);
  }
}

/** average ← keep · average + (1 − keep) · w. */
export function averageStep(average: usize, w: usize, count: i32, keep: f32): void {
  const k = f32x4.splat(keep), t = f32x4.splat(1 - keep);
  const vectors = (<usize>(count & ~3)) << 2;
  for (let i: usize = 0; i < vectors; i += 16) {
    store4(average + i, fma(load4(w + i), t, f32x4.mul(load4(average + i), k)));
  }
  for (let i = vectors, end = (<usize>count) << 2; i < end; i += 4) {
    store<f32>(average + i, load<f32>(w + i) * (1 - keep) + load<f32>(average + i) * keep);
  }
}
