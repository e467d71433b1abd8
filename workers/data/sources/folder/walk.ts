import path from 'node:path';
import { sniff, sniffedBytes } from '../../formats/sniff.js';
import type { Tally } from '../../passed-over.js';
import { readable } from './names.js';
import type { FileTree } from './tree.js';

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
 * A tree of images, read a folder at a time. Each folder is read once.
 */
export class Walk {
  private readonly known = new Map<string, Promise<Content>>();

  /** `tally` counts what is hidden, what a system left behind, and the folders that are called as one of `leaveOut`. */
  constructor(
    readonly tree: FileTree,
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

  /** The images in and below a folder. Links to folders are followed only where classes are looked for. */
  async images(folder: string): Promise<string[]> {
    const names: string[] = [];
    const { folders, files } = await this.read(folder);
    for (const name of files) {
      const file = join(folder, name);
      if (await this.isImage(file)) names.push(file);
      else this.tally.add('not an image', this.tree.shown(file));
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
    return hasImageExtension(file) || sniff(await this.tree.head(file, sniffedBytes)) !== null;
  }

  private async readNow(folder: string): Promise<Content> {
    const folders: string[] = [];
    const files: string[] = [];
    for (const { name, isFolder } of await this.tree.entries(folder)) {
      const place = join(folder, name);
      if (name.startsWith('.')) this.pass('hidden', place, isFolder);
      else if (isFolder && this.leaveOut.includes(readable(name)))
        this.pass('in a class that is left out', place, true);
      else if ((isFolder && systemFolders.has(name.toLowerCase())) || (!isFolder && systemFiles.test(name))) {
        this.pass('left behind by a system or an archive', place, isFolder);
      } else (isFolder ? folders : files).push(name);
    }
    return { folders: folders.sort(), files: files.sort() };
  }

  private pass(why: string, place: string, isFolder: boolean): void {
    const files = isFolder ? this.tree.countBelow(place) : 1;
    if (files > 0) this.tally.add(why, this.tree.shown(place), files);
  }
}

export function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

export function hasImageExtension(name: string): boolean {
  return imageExtensions.has(path.extname(name).toLowerCase());
}
