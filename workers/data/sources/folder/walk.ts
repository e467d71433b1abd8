import { type Dirent, readdirSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../../../search/base/errors.js';
import { type Format, sniff, sniffedBytes } from '../../formats/sniff.js';
import type { Tally } from '../../passed-over.js';
import { fromBytes, nativePath, readable } from './names.js';

/** Files with another extension are images only if their content says so. */
const imageExtensions = new Set(
  'jpg jpeg jfif jpe png webp gif bmp dib tif tiff avif heic heif ppm pgm pbm pnm'
    .split(' ')
    .map((extension) => `.${extension}`),
);

/** Folders that operating systems, archives and editors leave behind. Hidden ones need no name. */
const systemFolders = new Set([
  '__macosx',
  '@eadir',
  '#recycle',
  '#snapshot',
  '$recycle.bin',
  'recycler',
  'system volume information',
  'lost+found',
  'found.000',
  '__pycache__',
]);
const systemFiles = /^(thumbs(\.\w+)?\.db|ehthumbs(_\w+)?\.db|desktop\.ini|icon\r|~\$.*|picasa\.ini)$/i;

/** What stands in a folder, sorted by name; hidden files and those of the system are left out. */
export interface Content {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/**
 * A folder of images, read a folder at a time. Paths are relative to its root, with `/`; names that are not UTF-8 stand as `names.ts` says.
 * Each folder is read once.
 */
export class Walk {
  private readonly known = new Map<string, Promise<Content>>();

  /** `tally` counts what is hidden, what a system left behind, and the folders that are called as one of `leaveOut`. */
  constructor(
    readonly root: string,
    private readonly tally: Tally,
    private readonly leaveOut: readonly string[] = [],
  ) {}

  /** `folder`: '' is the root. Throws `missing-file`. */
  read(folder: string): Promise<Content> {
    let content = this.known.get(folder);
    if (!content) {
      content = this.readNow(folder);
      this.known.set(folder, content);
    }
    return content;
  }

  /** The absolute path, for messages. */
  shown(name: string): string {
    return readable(path.join(this.root, name));
  }

  /** The path for the operating system. */
  native(name: string) {
    return nativePath(path.join(this.root, name));
  }

  /** The images in and below a folder. Links to folders are followed only where classes are looked for. */
  async images(folder: string): Promise<string[]> {
    const names: string[] = [];
    const { folders, files } = await this.read(folder);
    for (const name of files) {
      const file = join(folder, name);
      if (await this.isImage(file)) names.push(file);
      else this.tally.add('not an image', this.shown(file));
    }
    for (const name of folders) names.push(...(await this.images(join(folder, name))));
    return names;
  }

  /** Whether an image is in or below a folder, without counting. */
  async hasImages(folder: string): Promise<boolean> {
    const { folders, files } = await this.read(folder);
    if (files.some(hasImageExtension)) return true;
    for (const name of files) if (await this.isImage(join(folder, name))) return true;
    for (const name of folders) if (await this.hasImages(join(folder, name))) return true;
    return false;
  }

  /** Files in and below a folder, whatever they are. */
  async countFiles(folder: string): Promise<number> {
    const { folders, files } = await this.read(folder);
    let count = files.length;
    for (const name of folders) count += await this.countFiles(join(folder, name));
    return count;
  }

  private async isImage(file: string): Promise<boolean> {
    return hasImageExtension(file) || (await this.sniffFile(file)) !== null;
  }

  private async sniffFile(file: string): Promise<Format | null> {
    const handle = await open(this.native(file), 'r').catch(() => null);
    try {
      const head = Buffer.alloc(sniffedBytes);
      const bytesRead = (await handle?.read(head, 0, sniffedBytes, 0))?.bytesRead ?? 0;
      return sniff(head.subarray(0, bytesRead));
    } catch {
      // Such as a link to a folder.
      return null;
    } finally {
      await handle?.close();
    }
  }

  private async readNow(folder: string): Promise<Content> {
    const folders: string[] = [];
    const files: string[] = [];
    for (const [name, entry] of await this.entries(folder)) {
      const place = join(folder, name);
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await this.isLinkedFolder(place)));
      if (name.startsWith('.')) this.pass('hidden', place, isFolder);
      else if (isFolder && this.leaveOut.includes(readable(name)))
        this.pass('in a class that is left out', place, true);
      else if (isFolder && systemFolders.has(name.toLowerCase()))
        this.pass('left behind by a system or an archive', place, true);
      else if (!isFolder && systemFiles.test(name)) this.pass('left behind by a system or an archive', place, false);
      else (isFolder ? folders : files).push(name);
    }
    return { folders: folders.sort(), files: files.sort() };
  }

  private pass(why: string, place: string, isFolder: boolean): void {
    const files = isFolder ? filesBelow(this.native(place)) : 1;
    if (files > 0) this.tally.add(why, this.shown(place), files);
  }

  private async isLinkedFolder(place: string): Promise<boolean> {
    return (await stat(this.native(place)).catch(() => null))?.isDirectory() ?? false;
  }

  private async entries(folder: string): Promise<(readonly [name: string, entry: Dirent | Dirent<Buffer>])[]> {
    const place = this.native(folder);
    try {
      const entries = await readdir(place, { withFileTypes: true });
      // A name that is not UTF-8 has lost its bytes.
      if (!entries.some(({ name }) => name.includes('\ufffd'))) return entries.map((entry) => [entry.name, entry]);
      const raw = await readdir(place, { withFileTypes: true, encoding: 'buffer' });
      return raw.map((entry) => [fromBytes(entry.name), entry]);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new InputError('missing-file', `${this.shown(folder)}: expected a folder that can be read, got ${code}`, {
        cause,
      });
    }
  }
}

export function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

export function hasImageExtension(name: string): boolean {
  return imageExtensions.has(path.extname(name).toLowerCase());
}

/** Files in and below a folder that is passed over. One that cannot be read counts as none. */
function filesBelow(place: ReturnType<typeof nativePath>): number {
  try {
    const entries = readdirSync(place, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => !entry.isDirectory()).length;
  } catch {
    return 0;
  }
}
