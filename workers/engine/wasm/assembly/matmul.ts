import { fma, load4, splat4, store4, zero4 } from './simd';

/**
 * Matrix products on register tiles of 4 rows by 8 columns: eight independent sums, as many as hide the latency of a fused
 * multiply-add. The right-hand matrix is packed into panels of 8 columns, [ceil(columns / 8)][inner][8], the last one padded with zeros,
 * so that its tile is read from consecutive addresses and odd widths need no kernel of their own.
 */

/** Rows whose tiles are computed before the next panel is read: 64 rows of the left-hand matrix stay in the caches meanwhile. */
const ROW_BLOCK = 64;

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
    let target = packed + ((<usize>(n * inner + innerStart * 8)) << 2);
    const width = min(8, columns - n);
    for (let k = 0; k < rows; k++) {
      let source = b + <usize>k * rowBytes + <usize>n * columnBytes;
      if (width == 8 && columnStride == 1) {
        store4(target, load4(source));
        store4(target + 16, load4(source + 16));
      } else {
        for (let i = 0; i < 8; i++) {
          store<f32>(target + ((<usize>i) << 2), i < width ? load<f32>(source) : 0);
          source += columnBytes;
        }
      }
      target += 32;
    }
  }
}

/** Stores the first `width` of 8 sums. */
// @ts-ignore: decorator
@inline function storeRow(c: usize, low: v128, high: v128, width: i32, scratch: usize): void {
  if (width >= 8) {
    store4(c, low);
    store4(c + 16, high);
    return;
  }
  store4(scratch, low);
  store4(scratch + 16, high);
  for (let i: usize = 0, end = (<usize>width) << 2; i < end; i += 4) store<f32>(c + i, load<f32>(scratch + i));
}

/**
 * c [rows, columns] = a [rows, inner] · packed + bias. Rows of a and c lie `aStride` and `cStride` floats apart; `bias` is the address of
 * `columns` floats padded to a multiple of 8, or 0 for none. `scratch` has room for 8 floats.
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
  for (let block = 0; block < rows; block += ROW_BLOCK) {
    const blockEnd = min(block + ROW_BLOCK, rows);
    for (let n = 0; n < columns; n += 8) {
      const panel = packed + (<usize>(n >> 3)) * panelBytes;
      const panelEnd = panel + panelBytes;
      const width = columns - n;
      let low = zero4();
      let high = zero4();
      if (bias != 0) {
        low = load4(bias + ((<usize>n) << 2));
        high = load4(bias + ((<usize>n) << 2) + 16);
      }
      let m = block;
      let cRow = c + <usize>m * cBytes + ((<usize>n) << 2);
      for (; m + 4 <= blockEnd; m += 4) {
        let a0 = a + <usize>m * aBytes;
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
        storeRow(cRow, c00, c01, width, scratch);
        storeRow(cRow + cBytes, c10, c11, width, scratch);
        storeRow(cRow + 2 * cBytes, c20, c21, width, scratch);
        storeRow(cRow + 3 * cBytes, c30, c31, width, scratch);
        cRow += 4 * cBytes;
      }
      for (; m < blockEnd; m++) {
        let a0 = a + <usize>m * aBytes;
        let c00 = low, c01 = high;
        for (let b = panel; b < panelEnd; b += 32) {
          const s = splat4(a0);
          c00 = fma(s, load4(b), c00);
          c01 = fma(s, load4(b + 16), c01);
          a0 += 4;
        }
        storeRow(cRow, c00, c01, width, scratch);
        cRow += cBytes;
      }
    }
  }
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
  // A block of both operands should fit the first cache level beside the tile.
  const block = min(256, max(32, 8192 / (inner + columns)));
  const inner4 = inner & ~3;
  const columns8 = columns & ~7;
  for (let start = 0; start < rows; start += block) {
    const count = min(block, rows - start);
    const aStart = a + <usize>start * aBytes;
    const bStart = b + <usize>start * bBytes;
    const bEnd = bStart + <usize>count * bBytes;
    for (let k = 0; k < inner4; k += 4) {
      for (let n = 0; n < columns8; n += 8) {
        let c00 = zero4(), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
        let ap = aStart + ((<usize>k) << 2);
        const last = bEnd + ((<usize>n) << 2);
        for (let bp = bStart + ((<usize>n) << 2); bp < last; bp += bBytes) {
          const b0 = load4(bp);
          const b1 = load4(bp + 16);
          let s = splat4(ap);
          c00 = fma(s, b0, c00);
          c01 = fma(s, b1, c01);
          s = v128.load32_splat(ap, 4);
          c10 = fma(s, b0, c10);
          c11 = fma(s, b1, c11);
          s = v128.load32_splat(ap, 8);
          c20 = fma(s, b0, c20);
          c21 = fma(s, b1, c21);
          s = v128.load32_splat(ap, 12);
          c30 = fma(s, b0, c30);
          c31 = fma(s, b1, c31);
          ap += aBytes;
        }
        const cTile = c + <usize>k * cBytes + ((<usize>n) << 2);
        addTo(cTile, c00, c01);
        addTo(cTile + cBytes, c10, c11);
        addTo(cTile + 2 * cBytes, c20, c21);
        addTo(cTile + 3 * cBytes, c30, c31);
      }
      for (let n = columns8; n < columns; n++) {
        // Four rows of one column: a's four neighbours are the vector.
        let sum = zero4();
        let ap = aStart + ((<usize>k) << 2);
        const last = bEnd + ((<usize>n) << 2);
        for (let bp = bStart + ((<usize>n) << 2); bp < last; bp += bBytes) {
          sum = fma(load4(ap), splat4(bp), sum);
          ap += aBytes;
        }
        const cTile = c + <usize>k * cBytes + ((<usize>n) << 2);
        store<f32>(cTile, load<f32>(cTile) + f32x4.extract_lane(sum, 0));
        store<f32>(cTile + cBytes, load<f32>(cTile + cBytes) + f32x4.extract_lane(sum, 1));
        store<f32>(cTile + 2 * cBytes, load<f32>(cTile + 2 * cBytes) + f32x4.extract_lane(sum, 2));
        store<f32>(cTile + 3 * cBytes, load<f32>(cTile + 3 * cBytes) + f32x4.extract_lane(sum, 3));
      }
    }
    for (let k = inner4; k < inner; k++) {
      for (let n = 0; n < columns8; n += 8) {
        let low = zero4(), high = low;
        let ap = aStart + ((<usize>k) << 2);
        const last = bEnd + ((<usize>n) << 2);
        for (let bp = bStart + ((<usize>n) << 2); bp < last; bp += bBytes) {
          const s = splat4(ap);
          low = fma(s, load4(bp), low);
          high = fma(s, load4(bp + 16), high);
          ap += aBytes;
        }
        addTo(c + <usize>k * cBytes + ((<usize>n) << 2), low, high);
      }
      for (let n = columns8; n < columns; n++) {
        let sum: f32 = 0;
        let ap = aStart + ((<usize>k) << 2);
        const last = bEnd + ((<usize>n) << 2);
        for (let bp = bStart + ((<usize>n) << 2); bp < last; bp += bBytes) {
          sum += load<f32>(ap) * load<f32>(bp);
          ap += aBytes;
        }
        const target = c + <usize>k * cBytes + ((<usize>n) << 2);
        store<f32>(target, load<f32>(target) + sum);
      }
    }
  }
}

// @ts-ignore: decorator
@inline function addTo(c: usize, low: v128, high: v128): void {
  store4(c, f32x4.add(load4(c), low));
  store4(c + 16, f32x4.add(load4(c + 16), high));
}

/** t [columns, rows] = the transpose of a [rows, columns], by squares that fit the first cache level. */
export function transpose(a: usize, t: usize, rows: i32, columns: i32): void {
  const SIDE = 32;
  for (let r0 = 0; r0 < rows; r0 += SIDE) {
    const r1 = min(r0 + SIDE, rows);
    for (let c0 = 0; c0 < columns; c0 += SIDE) {
      const c1 = min(c0 + SIDE, columns);
      for (let r = r0; r < r1; r++) {
        for (let c = c0; c < c1; c++) {
          store<f32>(t + ((<usize>(c * rows + r)) << 2), load<f32>(a + ((<usize>(r * columns + c)) << 2)));
        }
      }
    }
  }
}
