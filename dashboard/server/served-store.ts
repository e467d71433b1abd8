import { statSync } from 'node:fs';
import path from 'node:path';
import { explained } from '../../db/file/database.js';
import { StoreReader } from '../../db/reader.js';
import { InputError, show } from '../../search/base/errors.js';
import type { PictureSource } from '../views/pictures.js';
import { StoreViews } from '../views/store-views.js';
import { TrialPictures } from '../views/trial-pictures.js';

interface Opened {
  readonly reader: StoreReader;
  readonly views: StoreViews;
  readonly pictures: TrialPictures;
  /** Of the file that was opened: another file under its name is another store. */
  readonly identity: string | null;
}

/**
 * The store behind an address. The server outlives the file: after a store is deleted and created again under its name, readers see the new
 * one. Until it exists they see a message, never the data of the deleted file.
 */
export class ServedStore {
  private opened: Opened;
  private count = 0;
  private trouble: string | null = null;

  /** Throws as `StoreReader.open`. */
  constructor(
    private readonly file: string,
    private readonly source: PictureSource | undefined,
  ) {
    this.opened = this.open();
  }

  /** Generation of the store; increases when the file is replaced. */
  get generation(): number {
    return this.count;
  }

  /** Throws `missing-file` while there is no such store. */
  get views(): StoreViews {
    return this.present().views;
  }

  /** Throws as `views` does. */
  get pictures(): TrialPictures {
    return this.present().pictures;
  }

  /**
   * Checks that the file is still the same, and returns a value that changes whenever there is something new to read. Errors are kept for the
   * next request for a view and retried on the next call: this runs in a timer, where a throw would end the search that runs in this process.
   */
  look(): string {
    try {
      const identity = identityOf(this.file);
      if (identity !== this.opened.identity || this.trouble !== null) this.reopen(identity);
      const { reader } = this.opened;
      return `${this.count} ${reader.dataVersion()} ${reader.isBeingWritten()}`;
    } catch (error) {
      this.trouble = this.sentence(error);
      return this.trouble;
    }
  }

  close(): void {
    this.opened.reader.close();
  }

  private present(): Opened {
    if (this.trouble !== null) throw new InputError('missing-file', this.trouble);
    return this.opened;
  }

  private open(): Opened {
    const identity = identityOf(this.file);
    const reader = StoreReader.open(this.file);
    const views = new StoreViews(reader);
    return { reader, views, pictures: new TrialPictures(reader, views, this.source), identity };
  }

  /** The new file may not be whole yet: then this throws. */
  private reopen(identity: string | null): void {
    if (identity === null)
      throw new InputError(
        'missing-file',
        `the store ${this.name} no longer exists; running a search with it creates a new one`,
      );
    const before = this.opened.reader;
    this.opened = this.open();
    this.trouble = null;
    this.count++;
    before.close();
  }

  private get name(): string {
    return show(path.basename(this.file));
  }

  private sentence(error: unknown): string {
    if (error instanceof InputError) return error.message;
    const { code, message } = error as NodeJS.ErrnoException;
    return `the store ${this.name} cannot be read (${code ?? message})`;
  }
}

/** Device and inode; null where there is no file. A deleted file keeps its inode while it is open. Throws `bad-store` where the system refuses. */
function identityOf(file: string): string | null {
  const stat = explained(path.basename(file), () => statSync(file, { throwIfNoEntry: false }));
  return stat ? `${stat.dev} ${stat.ino}` : null;
}
