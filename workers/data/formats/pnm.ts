import type { Pixels } from './bmp.js';

/** No picture of a dataset has more; a damaged header may say so. */
const mostPixels = 2 ** 28;

/**
 * Decodes a portable bitmap, greymap or pixmap, as text or binary: P1 to P6, up to 65,535 levels (netpbm's `pbm(5)`, `pgm(5)`, `ppm(5)`).
 * Throws an `Error` for a file that is cut off.
 */
export function decodePnm(content: Uint8Array): Pixels {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const kind = Number(String.fromCharCode(bytes[1] ?? 0));
  if (bytes[0] !== 0x50 || !(kind >= 1 && kind <= 6)) throw new Error('not a portable pixmap');
  const isBits = kind === 1 || kind === 4;
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const reader = new TextReader(bytes, 2);
  const width = reader.number();
  const height = reader.number();
  const most = isBits ? 1 : reader.number();
  if (!(width > 0 && height > 0 && width * height <= mostPixels))
    throw new Error(`a pixmap of ${width} × ${height} pixels`);
  if (!(most > 0 && most <= 65_535)) throw new Error(`a pixmap of ${most} levels`);
  const sample = kind <= 3 ? textSamples(reader, isBits) : binarySamples(bytes, reader.at + 1, width, isBits, most);
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      if (c < channels) {
        const value = Math.min(sample(), most);
        rgba[i * 4 + c] = Math.round(((isBits ? 1 - value : value) / most) * 255);
      } else rgba[i * 4 + c] = rgba[i * 4] as number;
    }
    rgba[i * 4 + 3] = 255;
  }
  return { width, height, rgba };
}

/** Numbers and bits between white space and comments. */
class TextReader {
  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  number(): number {
    this.skip();
    let value = 0;
    let digits = 0;
    for (; this.digit() !== null; this.at++, digits++) value = value * 10 + (this.digit() as number);
    if (digits === 0) throw new Error('a pixmap that is cut off');
    return value;
  }

  /** One bit of P1, which need not be separated from the next. */
  bit(): number {
    this.skip();
    const value = this.digit();
    if (value === null) throw new Error('a pixmap that is cut off');
    this.at++;
    return value;
  }

  private digit(): number | null {
    const code = (this.bytes[this.at] ?? 0) - 48;
    return code >= 0 && code <= 9 ? code : null;
  }

  private skip(): void {
    for (; this.at < this.bytes.length; this.at++) {
      const byte = this.bytes[this.at] as number;
      if (byte === 0x23) while (this.at < this.bytes.length && this.bytes[this.at] !== 10) this.at++;
      else if (byte > 32) return;
    }
  }
}

function textSamples(reader: TextReader, isBits: boolean): () => number {
  return () => (isBits ? reader.bit() : reader.number());
}

/** Samples from `from` on, after the one white space that ends the header. Rows of bits begin at whole bytes. */
function binarySamples(bytes: Buffer, from: number, width: number, isBits: boolean, most: number): () => number {
  let i = 0;
  const byteAt = (at: number): number => {
    const byte = bytes[from + at];
    if (byte === undefined) throw new Error('a pixmap that is cut off');
    return byte;
  };
  const rowBytes = Math.ceil(width / 8);
  return () => {
    const n = i++;
    if (isBits) {
      const x = n % width;
      return (byteAt(Math.floor(n / width) * rowBytes + (x >> 3)) >> (7 - (x & 7))) & 1;
    }
    return most < 256 ? byteAt(n) : byteAt(2 * n) * 256 + byteAt(2 * n + 1);
  };
}
