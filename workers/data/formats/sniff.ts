/** What a file is by its first bytes, whatever its name says. */
export interface Format {
  readonly name: string;
  /** Why this program cannot decode it; absent where it can. */
  readonly unreadable?: string;
}

/** So many bytes of a file tell its format. */
export const sniffedBytes = 32;

const convert = 'convert it to JPEG or PNG';
const heif = (name: string): Format => ({ name, unreadable: `${name} cannot be decoded here: ${convert}` });
const jpeg: Format = { name: 'JPEG' };
const tiff: Format = { name: 'TIFF' };

/** Formats that begin with fixed bytes. */
const signatures: readonly (readonly [hex: string, format: Format])[] = [
  ['ffd8ff', jpeg],
  ['89504e470d0a1a0a', { name: 'PNG' }],
  ['474946383761', { name: 'GIF' }],
  ['474946383961', { name: 'GIF' }],
  ['49492a00', tiff],
  ['4d4d002a', tiff],
  ['49492b00', tiff],
  ['4d4d002b', tiff],
  ['0000000c6a502020', heif('JPEG 2000')],
  ['ff4fff51', heif('JPEG 2000')],
  ['0000000c4a584c20', heif('JPEG XL')],
  ['ff0a', heif('JPEG XL')],
  ['38425053', heif('Photoshop')],
  ['00000100', heif('ICO')],
  ['762f3101', heif('OpenEXR')],
];

/** Brands of ISO base media files (the bytes after `ftyp`) that hold pictures. */
const avifBrands = new Set(['avif', 'avis']);
const heicBrands = new Set(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']);

/** Sizes of the headers that a BMP may have; other files may begin with `BM`, too. */
const bmpHeaderBytes = new Set([12, 40, 52, 56, 64, 108, 124]);

/** The format of an image, or null for content that is no image. `head`: the first bytes of the file, `sniffedBytes` of them where there are. */
export function sniff(head: Uint8Array): Format | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, sniffedBytes));
  const hex = bytes.toString('hex');
  const known = signatures.find(([signature]) => hex.startsWith(signature));
  if (known) return known[1];
  const text = bytes.toString('latin1');
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return { name: 'WebP' };
  if (text.slice(4, 8) === 'ftyp') return mediaFormat(text);
  if (text.startsWith('BM') && bytes.length >= 18 && bmpHeaderBytes.has(bytes.readUInt32LE(14))) return { name: 'BMP' };
  if (/^P[1-6][\s#]/.test(text)) return { name: 'PNM' };
  return null;
}

function mediaFormat(text: string): Format | null {
  const brands = [text.slice(8, 12), ...(text.slice(16).match(/.{4}/gs) ?? [])];
  if (brands.some((brand) => avifBrands.has(brand))) return { name: 'AVIF' };
  return brands.some((brand) => heicBrands.has(brand)) ? heif('HEIC') : null;
}
