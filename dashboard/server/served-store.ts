import { statSync } from 'node:fs';
import path from 'node:path';
import { explained } from '../../db/database.js';
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
 * The store behind an address, which outlives its file: who deletes a store and begins anew under its name looks at the new one, and until
 * it is there at a sentence, never at what the deleted file still holds.
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

  /** Which store it is: moves on when the file is another one. */
  get generation(): number {
    return this.count;
  }

  /** Throws `missing-file` while there is no such store. */
  get views(): StoreViews {
    return this.present().views;
  }

  /** Throws likewise. */
  get pictures(): TrialPictures {
    return this.present().pictures;
  }

  /**
   * Changes whenever there is something new to read; looks whether the file is still the same. What goes wrong is for those who ask for a
   * view, and is tried again by the next look: a timer looks, and what it throws would end the search that runs in this process.
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
        `the store ${this.name} is no longer there; a search that is run with it makes a new one`,
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

/** Null where there is no file. As long as a deleted file is open, no other gets its number. Throws `bad-store` where the system does not say. */
function identityOf(file: string): string | null {
  const stat = explained(path.basename(file), () => statSync(file, { throwIfNoEntry: false }));
  return stat ? `${stat.dev} ${stat.ino}` : null;
}
