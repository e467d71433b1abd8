import { copyFloats, fma, load4, splat4, store4, touch, zero4 } from './simd';

/**
 * Matrix products on register tiles of 4 rows by 8 columns: eight independent sums, as many as hide the latency of a fused
 * multiply-add. The right-hand matrix is packed into panels of 8 columns, [ceil(columns / 8)][inner][8], the last one padded with zeros,
 * so that its tile is read from consecutive addresses and odd widths need no kernel of their own.
 */

/** Rows whose tiles are computed before the next panel is read: their part of the left-hand matrix stays in the caches meanwhile. */
const ROW_BLOCK = 64;

/** Bytes from which on a result is taken to come from memory and not from a cache. */
const STREAM_BYTES: usize = 1 << 20;

/** Floats of scratch that `multiplyPacked` needs: one panel's results for a block of rows. */
export const MULTIPLY_SCRATCH = ROW_BLOCK * 8;

/**
 * Packs rows [innerStart, innerStart + rows) of the panels of a right-hand matrix that has `inner` rows in all.
 * Element (k, n) is read at b + k · rowStride + n · columnStride (in floats), so a transposed matrix is packed by swapping the strides.
 */
export function packPanels(
  b: usize,
  packed: usize,
  rows: i32,
  columns: i32,
  rowStride: i32,
  columnStride: i32,
  inner: i32,
  innerStart: i32,
): void {
  const rowBytes = (<usize>rowStride) << 2;
  const columnBytes = (<usize>columnStride) << 2;
  for (let n = 0; n < columns; n += 8) {
    const target = packed + ((<usize>(n * inner + innerStart * 8)) << 2);
    const source = b + <usize>n * columnBytes;
    const width = min(8, columns - n);
    let k = 0;
    if (width == 8 && columnStride == 1) {
      for (; k < rows; k++) {
        const from = source + <usize>k * rowBytes;
        const to = target + ((<usize>k) << 5);
        store4(to, load4(from));
        store4(to + 16, load4(from + 16));
      }
    } else if (width == 8 && rowStride == 1) {
      for (; k + 4 <= rows; k += 4) {
        const from = source + ((<usize>k) << 2);
        const to = target + ((<usize>k) << 5);
        transpose4x4(from, columnBytes, to, 32);
        transpose4x4(from + 4 * columnBytes, columnBytes, to + 16, 32);
      }
    }
    for (; k < rows; k++) {
      let from = source + <usize>k * rowBytes;
      const to = target + ((<usize>k) << 5);
      for (let i = 0; i < 8; i++) {
        store<f32>(to + ((<usize>i) << 2), i < width ? load<f32>(from) : 0);
        from += columnBytes;
      }
    }
  }
}

/** Writes the transpose of 4 × 4 floats; rows lie `aBytes` and `tBytes` apart. */
// @ts-ignore: decorator
@inline function transpose4x4(a: usize, aBytes: usize, t: usize, tBytes: usize): void {
  const r0 = load4(a), r1 = load4(a + aBytes), r2 = load4(a + 2 * aBytes), r3 = load4(a + 3 * aBytes);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  store4(t, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  store4(t + tBytes, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  store4(t + 2 * tBytes, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  store4(t + 3 * tBytes, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

/** 4 rows of results: c = start + a · panel. */
// @ts-ignore: decorator
@inline function tile4(
  a: usize,
  aBytes: usize,
  panel: usize,
  panelEnd: usize,
  c: usize,
  cBytes: usize,
  low: v128,
  high: v128,
): void {
  let a0 = a;
  let a1 = a0 + aBytes;
  let a2 = a1 + aBytes;
  let a3 = a2 + aBytes;
  let c00 = low, c01 = high, c10 = low, c11 = high, c20 = low, c21 = high, c30 = low, c31 = high;
  for (let b = panel; b < panelEnd; b += 32) {
    const b0 = load4(b);
    const b1 = load4(b + 16);
    let s = splat4(a0);
    c00 = fma(s, b0, c00);
    c01 = fma(s, b1, c01);
    s = splat4(a1);
    c10 = fma(s, b0, c10);
    c11 = fma(s, b1, c11);
    s = splat4(a2);
    c20 = fma(s, b0, c20);
    c21 = fma(s, b1, c21);
    s = splat4(a3);
    c30 = fma(s, b0, c30);
    c31 = fma(s, b1, c31);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
  }
  store4(c, c00);
  store4(c + 16, c01);
  c += cBytes;
  store4(c, c10);
  store4(c + 16, c11);
  c += cBytes;
  store4(c, c20);
  store4(c + 16, c21);
  c += cBytes;
  store4(c, c30);
  store4(c + 16, c31);
}

/** One row of results. */
// @ts-ignore: decorator
@inline function tile1(a: usize, panel: usize, panelEnd: usize, c: usize, low: v128, high: v128): void {
  for (let b = panel; b < panelEnd; b += 32) {
    const s = splat4(a);
    low = fma(s, load4(b), low);
    high = fma(s, load4(b + 16), high);
    a += 4;
  }
  store4(c, low);
  store4(c + 16, high);
}

/**
 * c [rows, columns] = a [rows, inner] · packed + bias. Rows of a and c lie `aStride` and `cStride` floats apart; `bias` is the address of
 * `columns` floats padded to a multiple of 8, or 0 for none. `scratch` has room for MULTIPLY_SCRATCH floats.
 */
export function multiplyPacked(
  a: usize,
  packed: usize,
  c: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  aStride: i32,
  cStride: i32,
  bias: usize,
  scratch: usize,
): void {
  const aBytes = (<usize>aStride) << 2;
  const cBytes = (<usize>cStride) << 2;
  const panelBytes = (<usize>inner) << 5;
  const streamsA = <usize>rows * aBytes > STREAM_BYTES;
  const streamsC = cStride == columns && <usize>rows * cBytes > STREAM_BYTES;
  for (let block = 0; block < rows; block += ROW_BLOCK) {
    const count = min(ROW_BLOCK, rows - block);
    const count4 = count & ~3;
    const aBlock = a + <usize>block * aBytes;
    const cBlock = c + <usize>block * cBytes;
    if (streamsA) touch(aBlock, <usize>count * aBytes);
    // Filling brings the lines into the cache without reading them from memory first.
    if (streamsC) memory.fill(cBlock, 0, <usize>count * cBytes);
    let panel = packed;
    for (let n = 0; n < columns; n += 8) {
      const panelEnd = panel + panelBytes;
      const at = (<usize>n) << 2;
      const low = bias != 0 ? load4(bias + at) : zero4();
      const high = bias != 0 ? load4(bias + at + 16) : zero4();
      // A panel that is not full has its results in scratch first.
      const full = n + 8 <= columns;
      const target = full ? cBlock + at : scratch;
      const targetBytes = full ? cBytes : 32;
      let aRow = aBlock;
      let cRow = target;
      for (const end = aBlock + <usize>count4 * aBytes; aRow < end; aRow += 4 * aBytes) {
        tile4(aRow, aBytes, panel, panelEnd, cRow, targetBytes, low, high);
        cRow += 4 * targetBytes;
      }
      for (let m = count4; m < count; m++) {
        tile1(aRow, panel, panelEnd, cRow, low, high);
        aRow += aBytes;
        cRow += targetBytes;
      }
      if (!full) {
        for (let m = 0; m < count; m++) copyFloats(cBlock + at + <usize>m * cBytes, scratch + ((<usize>m) << 5), columns - n);
      }
      panel = panelEnd;
    }
  }
}

// @ts-ignore: decorator
@inline function addTo(c: usize, value: v128): void {
  store4(c, f32x4.add(load4(c), value));
}

/** Adds to 4 rows by 8 columns of c the sum over rows [b, bEnd) of the outer products of a's four and b's eight neighbours. */
// @ts-ignore: decorator
@inline function outer4x8(a: usize, aBytes: usize, b: usize, bEnd: usize, bBytes: usize, c: usize, cBytes: usize): void {
  let c00 = zero4(), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (; b < bEnd; b += bBytes) {
    const b0 = load4(b);
    const b1 = load4(b + 16);
    let s = splat4(a);
    c00 = fma(s, b0, c00);
    c01 = fma(s, b1, c01);
    s = v128.load32_splat(a, 4);
    c10 = fma(s, b0, c10);
    c11 = fma(s, b1, c11);
    s = v128.load32_splat(a, 8);
    c20 = fma(s, b0, c20);
    c21 = fma(s, b1, c21);
    s = v128.load32_splat(a, 12);
    c30 = fma(s, b0, c30);
    c31 = fma(s, b1, c31);
    a += aBytes;
  }
  addTo(c, c00);
  addTo(c + 16, c01);
  c += cBytes;
  addTo(c, c10);
  addTo(c + 16, c11);
  c += cBytes;
  addTo(c, c20);
  addTo(c + 16, c21);
  c += cBytes;
  addTo(c, c30);
  addTo(c + 16, c31);
}

/** As `outer4x8`, 4 rows by 4 columns. */
// @ts-ignore: decorator
@inline function outer4x4(a: usize, aBytes: usize, b: usize, bEnd: usize, bBytes: usize, c: usize, cBytes: usize): void {
  let c0 = zero4(), c1 = c0, c2 = c0, c3 = c0;
  for (; b < bEnd; b += bBytes) {
    const value = load4(b);
    c0 = fma(splat4(a), value, c0);
    c1 = fma(v128.load32_splat(a, 4), value, c1);
    c2 = fma(v128.load32_splat(a, 8), value, c2);
    c3 = fma(v128.load32_splat(a, 12), value, c3);
    a += aBytes;
  }
  addTo(c, c0);
  addTo(c + cBytes, c1);
  addTo(c + 2 * cBytes, c2);
  addTo(c + 3 * cBytes, c3);
}

/** As `outer4x8`, one row by 8 columns. */
// @ts-ignore: decorator
@inline function outer1x8(a: usize, aBytes: usize, b: usize, bEnd: usize, bBytes: usize, c: usize): void {
  let low = zero4(), high = low;
  for (; b < bEnd; b += bBytes) {
    const s = splat4(a);
    low = fma(s, load4(b), low);
    high = fma(s, load4(b + 16), high);
    a += aBytes;
  }
  addTo(c, low);
  addTo(c + 16, high);
}

/** One element of c. */
// @ts-ignore: decorator
@inline function outer1x1(a: usize, aBytes: usize, b: usize, bEnd: usize, bBytes: usize, c: usize): void {
  let sum: f32 = 0;
  for (; b < bEnd; b += bBytes) {
    sum += load<f32>(a) * load<f32>(b);
    a += aBytes;
  }
  store<f32>(c, load<f32>(c) + sum);
}

/**
 * c [inner, columns] += aᵀ · b for a [rows, inner] and b [rows, columns]: the gradient of a weight matrix. Every block of rows is summed from
 * zero and then added, so that the rounding error grows with the number of blocks and not with the number of rows.
 */
export function multiplyTransposedAdd(
  a: usize,
  b: usize,
  c: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  aStride: i32,
  bStride: i32,
): void {
  const aBytes = (<usize>aStride) << 2;
  const bBytes = (<usize>bStride) << 2;
  const cBytes = (<usize>columns) << 2;
  // A block of both operands should fit the first cache level beside the tile; shorter ones spend too much on adding to c.
  const block = min(256, max(64, 8192 / (inner + columns)));
  const inner4 = inner & ~3;
  const streamsA = <usize>rows * aBytes > STREAM_BYTES;
  const streamsB = <usize>rows * bBytes > STREAM_BYTES;
  for (let start = 0; start < rows; start += block) {
    const count = min(block, rows - start);
    const aBlock = a + <usize>start * aBytes;
    const bBlock = b + <usize>start * bBytes;
    const bBlockBytes = <usize>count * bBytes;
    if (streamsA) touch(aBlock, <usize>count * aBytes);
    if (streamsB) touch(bBlock, bBlockBytes);
    for (let k = 0; k < inner4; k += 4) {
      const ap = aBlock + ((<usize>k) << 2);
      const cRow = c + <usize>k * cBytes;
      let n = 0;
      for (; n + 8 <= columns; n += 8) {
        const at = (<usize>n) << 2;
        outer4x8(ap, aBytes, bBlock + at, bBlock + at + bBlockBytes, bBytes, cRow + at, cBytes);
      }
      if (n + 4 <= columns) {
        const at = (<usize>n) << 2;
        outer4x4(ap, aBytes, bBlock + at, bBlock + at + bBlockBytes, bBytes, cRow + at, cBytes);
        n += 4;
      }
      for (; n < columns; n++) {
        const at = (<usize>n) << 2;
        for (let i: usize = 0; i < 4; i++) {
          outer1x1(ap + 4 * i, aBytes, bBlock + at, bBlock + at + bBlockBytes, bBytes, cRow + i * cBytes + at);
        }
      }
    }
    for (let k = inner4; k < inner; k++) {
      const ap = aBlock + ((<usize>k) << 2);
      const cRow = c + <usize>k * cBytes;
      let n = 0;
      for (; n + 8 <= columns; n += 8) {
        const at = (<usize>n) << 2;
        outer1x8(ap, aBytes, bBlock + at, bBlock + at + bBlockBytes, bBytes, cRow + at);
      }
      for (; n < columns; n++) {
        const at = (<usize>n) << 2;
        outer1x1(ap, aBytes, bBlock + at, bBlock + at + bBlockBytes, bBytes, cRow + at);
      }
    }
  }
}

/** t [columns, rows] = the transpose of a [rows, columns], by squares that fit the first cache level. */
export function transpose(a: usize, t: usize, rows: i32, columns: i32): void {
  const SIDE = 32;
  const aBytes = (<usize>columns) << 2;
  const tBytes = (<usize>rows) << 2;
  for (let r0 = 0; r0 < rows; r0 += SIDE) {
    const r1 = min(r0 + SIDE, rows);
    for (let c0 = 0; c0 < columns; c0 += SIDE) {
      const c1 = min(c0 + SIDE, columns);
      for (let r = r0; r < r1; r += 4) {
        for (let c = c0; c < c1; c += 4) {
          const from = a + <usize>r * aBytes + ((<usize>c) << 2);
          const to = t + <usize>c * tBytes + ((<usize>r) << 2);
          if (r + 4 <= r1 && c + 4 <= c1) transpose4x4(from, aBytes, to, tBytes);
          else transposeEdge(from, aBytes, to, tBytes, min(4, r1 - r), min(4, c1 - c));
        }
      }
    }
  }
}

function transposeEdge(a: usize, aBytes: usize, t: usize, tBytes: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const at = a + <usize>r * aBytes + ((<usize>c) << 2);
      store<f32>(t + <usize>c * tBytes + ((<usize>r) << 2), load<f32>(at));
    }
  }
}
