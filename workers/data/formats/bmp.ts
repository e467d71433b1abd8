/** Pixels of a picture: one byte a channel, RGBA, row by row from the top. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** No picture of a dataset has more; a damaged header may say so. */
const mostPixels = 2 ** 28;

/** Values of the field `compression`. */
const plain = 0;
const runLength8 = 1;
const runLength4 = 2;
const bitFields = 3;
const bitFieldsWithAlpha = 6;

/**
 * Decodes a Windows or OS/2 bitmap: 1, 4 and 8 bits a pixel with a palette, plain or run-length encoded, 16, 24 and 32 bits, plain or with
 * bit fields, bottom-up or top-down (Microsoft, "Bitmap Storage"). Throws an `Error` for a file that is cut off or is not a bitmap.
 */
export function decodeBmp(content: Uint8Array): Pixels {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  if (bytes.length < 26 || bytes.toString('latin1', 0, 2) !== 'BM') throw new Error('not a bitmap');
  const header = readHeader(bytes);
  const { width, height, bits, compression } = header;
  if (!(width > 0 && height > 0 && width * height <= mostPixels))
    throw new Error(`a bitmap of ${width} × ${height} pixels`);
  const rgba = new Uint8Array(width * height * 4);
  if (compression === runLength8 || compression === runLength4) drawRuns(bytes, header, rgba);
  else if (bits <= 8) drawIndices(bytes, header, rgba);
  else drawColours(bytes, header, rgba);
  return { width, height, rgba };
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the pixels begin. */
  readonly offset: number;
  /** Blue, green, red and a fourth byte for each colour, or three bytes in OS/2's form. */
  readonly palette: { readonly offset: number; readonly bytesEach: number; readonly colours: number };
  /** Bits of red, green, blue and alpha in a pixel of 16 or 32 bits; 0 for none. */
  readonly masks: readonly number[];
}

function readHeader(bytes: Buffer): Header {
  const headerBytes = bytes.readUInt32LE(14);
  const offset = bytes.readUInt32LE(10);
  if (headerBytes === 12) {
    const bits = bytes.readUInt16LE(24);
    const palette = { offset: 26, bytesEach: 3, colours: 2 ** bits };
    const size = { width: bytes.readUInt16LE(18), height: bytes.readUInt16LE(20) };
    return { ...size, isTopDown: false, bits, compression: plain, offset, palette, masks: [] };
  }
  if (headerBytes < 40 || bytes.length < 14 + headerBytes) throw new Error('a bitmap without its header');
  const signedHeight = bytes.readInt32LE(22);
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  const colours = bytes.readUInt32LE(46) || 2 ** Math.min(bits, 8);
  const withMasks = compression === bitFields || compression === bitFieldsWithAlpha;
  const maskCount = compression === bitFieldsWithAlpha || headerBytes >= 56 ? 4 : 3;
  const standard = bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  const masks = withMasks ? Array.from({ length: maskCount }, (_, i) => bytes.readUInt32LE(54 + 4 * i)) : standard;
  const paletteOffset = 14 + headerBytes + (withMasks && headerBytes === 40 ? 4 * maskCount : 0);
  return {
    width: bytes.readInt32LE(18),
    height: Math.abs(signedHeight),
    isTopDown: signedHeight < 0,
    bits,
    compression,
    offset,
    palette: { offset: paletteOffset, bytesEach: 4, colours: Math.min(colours, 256) },
    masks,
  };
}

/** Row of the picture that the row `y` of the file is. */
function rowOf({ height, isTopDown }: Header, y: number): number {
  return isTopDown ? y : height - 1 - y;
}

function putColour(bytes: Buffer, { palette }: Header, index: number, rgba: Uint8Array, at: number): void {
  if (index >= palette.colours) throw new Error(`a bitmap with a colour ${index} of ${palette.colours}`);
  const from = palette.offset + index * palette.bytesEach;
  rgba[at] = bytes[from + 2] as number;
  rgba[at + 1] = bytes[from + 1] as number;
  rgba[at + 2] = bytes[from] as number;
  rgba[at + 3] = 255;
}

/** Bytes of a row in the file, which are a multiple of 4. Throws where the file ends before the last row. */
function checkedStride(bytes: Buffer, { width, height, bits, offset }: Header): number {
  const stride = Math.ceil((width * bits) / 32) * 4;
  // The padding of the last row is missing in some files.
  const needed = offset + stride * (height - 1) + Math.ceil((width * bits) / 8);
  if (bytes.length < needed) throw new Error(`a bitmap that is cut off: ${bytes.length} of ${needed} bytes`);
  return stride;
}

function drawIndices(bytes: Buffer, header: Header, rgba: Uint8Array): void {
  const { width, height, bits, offset } = header;
  if (![1, 2, 4, 8].includes(bits)) throw new Error(`a bitmap of ${bits} bits a pixel`);
  const stride = checkedStride(bytes, header);
  const perByte = 8 / bits;
  for (let y = 0; y < height; y++) {
    const to = rowOf(header, y) * width;
    for (let x = 0; x < width; x++) {
      const byte = bytes[offset + y * stride + Math.floor(x / perByte)] as number;
      const index = (byte >> (8 - bits * ((x % perByte) + 1))) & (2 ** bits - 1);
      putColour(bytes, header, index, rgba, (to + x) * 4);
    }
  }
}

function drawColours(bytes: Buffer, header: Header, rgba: Uint8Array): void {
  const { width, height, bits, offset, masks } = header;
  if (![16, 24, 32].includes(bits)) throw new Error(`a bitmap of ${bits} bits a pixel`);
  const stride = checkedStride(bytes, header);
  const channels = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, most: (mask >>> shift) >>> 0 };
  });
  for (let y = 0; y < height; y++) {
    const to = rowOf(header, y) * width;
    for (let x = 0; x < width; x++) {
      const from = offset + y * stride + (x * bits) / 8;
      const pixel = bytes.readUIntLE(from, bits / 8);
      for (let c = 0; c < 4; c++) {
        const { mask, shift, most } = channels[c] ?? { mask: 0, shift: 0, most: 0 };
        rgba[(to + x) * 4 + c] =
          mask === 0 ? (c === 3 ? 255 : 0) : Math.round((((pixel & mask) >>> shift) / most) * 255);
      }
    }
  }
}

/** Run-length encoding: pairs of a count and a colour; a count of 0 ends a row (0), ends the picture (1), moves (2), or begins a plain run. */
function drawRuns(bytes: Buffer, header: Header, rgba: Uint8Array): void {
  const { width, height, offset, compression } = header;
  const is4Bit = compression === runLength4;
  let at = offset;
  let x = 0;
  let y = 0;
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error('a bitmap that is cut off in a run');
    return byte;
  };
  const put = (index: number): void => {
    if (x < width && y < height) putColour(bytes, header, index, rgba, (rowOf(header, y) * width + x) * 4);
    x++;
  };
  for (let i = 0; i < width * height; i++) putColour(bytes, header, 0, rgba, i * 4);
  for (;;) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(is4Bit ? (i % 2 ? value & 15 : value >> 4) : value);
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return;
    } else if (value === 2) {
      x += next();
      y += next();
    } else {
      const length = is4Bit ? Math.ceil(value / 2) : value;
      for (let i = 0, byte = 0; i < value; i++) {
        if (!is4Bit || i % 2 === 0) byte = next();
        put(is4Bit ? (i % 2 ? byte & 15 : byte >> 4) : byte);
      }
      if (length % 2) next();
    }
  }
}
