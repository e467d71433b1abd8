/** What a core can do at most in 128-bit vectors: the measure for the kernels. */

/** `steps` times ten independent multiply-adds of vectors that stay in registers; 80 operations each. */
export function multiplyAdds(steps: i32, at: usize): void {
  const a = v128.load(at),
    b = v128.load(at + 16);
  let s0 = a,
    s1 = a,
    s2 = a,
    s3 = a,
    s4 = a,
    s5 = a,
    s6 = a,
    s7 = a,
    s8 = a,
    s9 = a;
  for (let i = 0; i < steps; i++) {
    s0 = f32x4.relaxed_madd(s0, a, b);
    s1 = f32x4.relaxed_madd(s1, a, b);
    s2 = f32x4.relaxed_madd(s2, a, b);
    s3 = f32x4.relaxed_madd(s3, a, b);
    s4 = f32x4.relaxed_madd(s4, a, b);
    s5 = f32x4.relaxed_madd(s5, a, b);
    s6 = f32x4.relaxed_madd(s6, a, b);
    s7 = f32x4.relaxed_madd(s7, a, b);
    s8 = f32x4.relaxed_madd(s8, a, b);
    s9 = f32x4.relaxed_madd(s9, a, b);
  }
  const low = f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), s4);
  const high = f32x4.add(f32x4.add(f32x4.add(s5, s6), f32x4.add(s7, s8)), s9);
  v128.store(at, f32x4.add(low, high));
}

/** Sum of floats from `from` on: every byte is read once. */
export function sum(from: usize, bytes: usize): f32 {
  let a = f32x4.splat(0),
    b = a,
    c = a,
    d = a;
  for (const end = from + bytes; from < end; from += 64) {
    a = f32x4.add(a, v128.load(from));
    b = f32x4.add(b, v128.load(from, 16));
    c = f32x4.add(c, v128.load(from, 32));
    d = f32x4.add(d, v128.load(from, 48));
  }
  const all = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  return (
    f32x4.extract_lane(all, 0) + f32x4.extract_lane(all, 1) + (f32x4.extract_lane(all, 2) + f32x4.extract_lane(all, 3))
  );
}

/** Writes twice what it reads: as many bytes are read as are written. */
export function double(from: usize, to: usize, bytes: usize): void {
  const two = f32x4.splat(2);
  for (const end = from + bytes; from < end; from += 32) {
    v128.store(to, f32x4.mul(v128.load(from), two));
    v128.store(to, f32x4.mul(v128.load(from, 16), two), 16);
    to += 32;
  }
}
