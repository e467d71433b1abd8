import { describe, expect, it } from 'vitest';
import { decodeBmp } from '../../../../workers/data/formats/bmp.js';
import { checkImage, decodeImage } from '../../../../workers/data/formats/decode.js';
import { decodePnm } from '../../../../workers/data/formats/pnm.js';
import { sniff } from '../../../../workers/data/formats/sniff.js';

type Bitmap = {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  readonly palette?: readonly (readonly [r: number, g: number, b: number])[];
  readonly masks?: readonly number[];
  readonly pixels: readonly number[];
  readonly os2?: boolean;
};

/** A bitmap with these bytes as its pixels. A negative height is top-down. */
function bitmap({
  width,
  height,
  bits,
  compression = 0,
  palette = [],
  masks = [],
  pixels,
  os2 = false,
}: Bitmap): Buffer {
  const header = Buffer.alloc(os2 ? 26 : 54 + 4 * masks.length);
  const colours = Buffer.from(palette.flatMap(([r, g, b]) => (os2 ? [b, g, r] : [b, g, r, 0])));
  header.write('BM');
  header.writeUInt32LE(header.length + colours.length, 10);
  header.writeUInt32LE(os2 ? 12 : 40, 14);
  if (os2) {
    header.writeUInt16LE(width, 18);
    header.writeUInt16LE(height, 20);
    header.writeUInt16LE(bits, 24);
  } else {
    header.writeInt32LE(width, 18);
    header.writeInt32LE(height, 22);
    header.writeUInt16LE(bits, 28);
    header.writeUInt32LE(compression, 30);
    header.writeUInt32LE(palette.length, 46);
    masks.forEach((mask, i) => {
      header.writeUInt32LE(mask, 54 + 4 * i);
    });
  }
  return Buffer.concat([header, colours, Buffer.from(pixels)]);
}

const rgb = ({ rgba }: { rgba: Uint8Array }) =>
  Array.from({ length: rgba.length / 4 }, (_, i) => [...rgba.subarray(4 * i, 4 * i + 3)]);

const red = [255, 0, 0] as const;
const green = [0, 255, 0] as const;
const blue = [0, 0, 255] as const;
const white = [255, 255, 255] as const;

describe('a bitmap', () => {
  // All of them: red, green above; blue, white below.
  const square = [red, green, blue, white];
  const palette = [red, green, blue, white];
  it.each<[string, Bitmap]>([
    [
      '24 bits',
      { width: 2, height: 2, bits: 24, pixels: [255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0] },
    ],
    [
      '24 bits, top-down',
      { width: 2, height: -2, bits: 24, pixels: [0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0, 255, 255, 255, 0, 0] },
    ],
    [
      '24 bits, without the padding of the last row',
      { width: 2, height: 2, bits: 24, pixels: [255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0] },
    ],
    [
      '32 bits',
      { width: 2, height: 2, bits: 32, pixels: [255, 0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 0, 0, 255, 0, 0] },
    ],
    ['16 bits of 5, 5, 5', { width: 2, height: 2, bits: 16, pixels: [0x1f, 0, 0xff, 0x7f, 0, 0x7c, 0xe0, 0x03] }],
    [
      '16 bits of 5, 6, 5',
      {
        width: 2,
        height: 2,
        bits: 16,
        compression: 3,
        masks: [0xf800, 0x7e0, 0x1f],
        pixels: [0x1f, 0, 0xff, 0xff, 0, 0xf8, 0xe0, 0x07],
      },
    ],
    ['8 bits', { width: 2, height: 2, bits: 8, palette, pixels: [2, 3, 0, 0, 0, 1, 0, 0] }],
    ['4 bits', { width: 2, height: 2, bits: 4, palette, pixels: [0x23, 0, 0, 0, 0x01, 0, 0, 0] }],
    [
      '8 bits of OS/2',
      {
        width: 2,
        height: 2,
        bits: 8,
        palette: Array(256).fill(red).with(1, green).with(2, blue).with(3, white),
        os2: true,
        pixels: [2, 3, 0, 0, 0, 1, 0, 0],
      },
    ],
    [
      '8 bits in runs',
      { width: 2, height: 2, bits: 8, compression: 1, palette, pixels: [1, 2, 1, 3, 0, 0, 1, 0, 1, 1, 0, 1] },
    ],
    [
      '4 bits in runs, with a move',
      { width: 2, height: 2, bits: 4, compression: 2, palette, pixels: [2, 0x23, 0, 2, 0, 0, 0, 0, 2, 0x01, 0, 1] },
    ],
  ])('of %s', (_, fields) => {
    expect(rgb(decodeBmp(bitmap(fields)))).toEqual(square);
  });

  it('of 1 bit', () => {
    const pixels = [0b1010_0000, 0, 0, 0];
    const found = rgb(decodeBmp(bitmap({ width: 3, height: 1, bits: 1, palette: [blue, white], pixels })));
    expect(found).toEqual([white, blue, white]);
  });

  it('with a plain run of an odd length in runs', () => {
    const pixels = [0, 3, 0, 1, 2, 0, 0, 1];
    const found = rgb(decodeBmp(bitmap({ width: 3, height: 1, bits: 8, compression: 1, palette, pixels })));
    expect(found).toEqual([red, green, blue]);
  });

  it.each<[string, Buffer, string]>([
    ['cut off', bitmap({ width: 2, height: 2, bits: 24, pixels: [1, 2, 3] }), 'cut off'],
    ['cut off in a run', bitmap({ width: 2, height: 2, bits: 8, compression: 1, palette, pixels: [2, 1] }), 'cut off'],
    ['of no pixels', bitmap({ width: 0, height: 2, bits: 24, pixels: [] }), '0 × 2'],
    ['of a million times a million', bitmap({ width: 1e6, height: 1e6, bits: 24, pixels: [] }), '1000000 × 1000000'],
    [
      'with a colour that is not there',
      bitmap({ width: 1, height: 1, bits: 8, palette, pixels: [9, 0, 0, 0] }),
      'colour 9',
    ],
    ['of 7 bits', bitmap({ width: 1, height: 1, bits: 7, pixels: [9, 0, 0, 0] }), '7 bits'],
  ])('is refused: %s', (_, bytes, reason) => {
    expect(() => decodeBmp(bytes)).toThrow(reason);
  });

  it('goes through the same steps as every image', async () => {
    const bytes = bitmap({ width: 2, height: 2, bits: 8, palette, pixels: [0, 0, 0, 0, 0, 0, 0, 0] });
    expect([...(await decodeImage(bytes, 3))]).toEqual(Array(9).fill(red).flat());
    expect(await checkImage(bytes)).toEqual({ format: 'BMP', widthPx: 2, heightPx: 2 });
  });
});

describe('a portable pixmap', () => {
  const bytes = (head: string, pixels: readonly number[] = []) =>
    Buffer.concat([Buffer.from(head), Buffer.from(pixels)]);
  const black = [0, 0, 0];
  it.each<[string, Buffer, readonly (readonly number[])[]]>([
    ['P1', bytes('P1\n# a comment\n3 1\n1 0 1\n'), [black, [...white], black]],
    ['P1 without spaces', bytes('P1 3 1 101'), [black, [...white], black]],
    ['P2', bytes('P2 2 1 100 0 100'), [black, [...white]]],
    ['P3', bytes('P3\n1 2\n255\n255 0 0\n0 0 255\n'), [[...red], [...blue]]],
    ['P4', bytes('P4 3 1\n', [0b1010_0000]), [black, [...white], black]],
    ['P5', bytes('P5 2 1 255\n', [0, 255]), [black, [...white]]],
    ['P5 of 16 bits', bytes('P5 2 1 65535\n', [0, 0, 255, 255]), [black, [...white]]],
    ['P6', bytes('P6 1 2 255\n', [...red, ...blue]), [[...red], [...blue]]],
    ['P6 of 8 levels', bytes('P6 1 1 7\n', [7, 0, 0]), [[...red]]],
  ])('of the form %s', (_, content, pixels) => {
    expect(rgb(decodePnm(content))).toEqual(pixels);
    expect(sniff(content)?.name).toBe('PNM');
  });

  it.each([
    ['cut off', bytes('P6 2 2 255\n', [1, 2, 3])],
    ['cut off in its header', bytes('P6 2')],
    ['cut off as text', bytes('P2 2 2 255 1 2')],
    ['of no levels', bytes('P5 1 1 0\n', [0])],
    ['of 70,000 levels', bytes('P5 1 1 70000\n', [0, 0])],
    ['of no pixels', bytes('P5 0 1 255\n')],
  ])('is refused: %s', (_, content) => {
    expect(() => decodePnm(content)).toThrow(/pixmap/);
  });
});
