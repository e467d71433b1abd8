import { type Dirent, readdirSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../../../search/base/errors.js';
import { fromBytes, nativePath, readable } from './names.js';

/** Folders and files by their paths below a root, with `/`: a folder of the file system, or the list of an archive. */
export interface FileTree {
  /** What is in a folder, in any order; '' is the root. Throws `missing-file`. */
  entries(folder: string): Promise<readonly TreeEntry[]>;
  /** The first bytes of a file, at most so many; empty for what is no file. */
  head(file: string, bytes: number): Promise<Uint8Array>;
  /** Files in and below a folder, hidden ones included. */
  countBelow(folder: string): number;
  /** A path for messages. */
  shown(name: string): string;
}

export interface TreeEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** A folder of the file system. Names that are not UTF-8 stand as `names.ts` says; links to folders count as folders. */
export class DiskTree implements FileTree {
  constructor(readonly root: string) {}

  shown(name: string): string {
    return readable(path.join(this.root, name));
  }

  /** The path for the operating system. */
  native(name: string) {
    return nativePath(path.join(this.root, name));
  }

  async entries(folder: string): Promise<TreeEntry[]> {
    const found: TreeEntry[] = [];
    for (const [name, entry] of await this.read(folder)) {
      const place = folder === '' ? name : `${folder}/${name}`;
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await this.isLinkedFolder(place)));
      found.push({ name, isFolder });
    }
    return found;
  }

  async head(file: string, bytes: number): Promise<Uint8Array> {
    const handle = await open(this.native(file), 'r').catch(() => null);
    try {
      const head = Buffer.alloc(bytes);
      const bytesRead = (await handle?.read(head, 0, bytes, 0))?.bytesRead ?? 0;
      return head.subarray(0, bytesRead);
    } catch {
      // Such as a link to a folder.
      return new Uint8Array();
    } finally {
      await handle?.close();
    }
  }

  countBelow(folder: string): number {
    try {
      const entries = readdirSync(this.native(folder), { withFileTypes: true, recursive: true });
      return entries.filter((entry) => !entry.isDirectory()).length;
    } catch {
      return 0;
    }
  }

  private async isLinkedFolder(place: string): Promise<boolean> {
    return (await stat(this.native(place)).catch(() => null))?.isDirectory() ?? false;
  }

  private async read(folder: string): Promise<(readonly [name: string, entry: Dirent | Dirent<Buffer>])[]> {
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

/** The files of an archive, as folders. */
export class ListTree implements FileTree {
  private readonly folders = new Map<string, Map<string, boolean>>([['', new Map()]]);

  /** `head` gets the first bytes of a file. */
  constructor(
    private readonly root: string,
    private readonly files: readonly string[],
    readonly head: (file: string, bytes: number) => Promise<Uint8Array>,
  ) {
    for (const file of files) {
      const parts = file.split('/');
      for (let i = 0; i < parts.length; i++) {
        const parent = parts.slice(0, i).join('/');
        const content = this.folders.get(parent) ?? new Map<string, boolean>();
        content.set(parts[i] as string, i < parts.length - 1);
        this.folders.set(parent, content);
      }
    }
  }

  shown(name: string): string {
    return name === '' ? this.root : `${this.root}#${readable(name)}`;
  }

  async entries(folder: string): Promise<TreeEntry[]> {
    return [...(this.folders.get(folder) ?? [])].map(([name, isFolder]) => ({ name, isFolder }));
  }

  countBelow(folder: string): number {
    return this.files.filter((file) => file.startsWith(`${folder}/`)).length;
  }
}
