import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from '../atomic-file.js';
import {
  type Checkpoint,
  type CheckpointHeader,
  DamagedCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint-file.js';

/** What was found where a training left off. */
export interface Found {
  /** Null: there is nothing to go on from. */
  readonly checkpoint: Checkpoint | null;
  /** What a person should know, such as that a damaged file was passed over; usually empty. */
  readonly notes: readonly string[];
}

/**
 * The checkpoints of one training in a folder of its own: the last and the one before, so that a damaged file costs an epoch and not the
 * training.
 */
export class CheckpointFolder {
  /** `key` names what is trained; a checkpoint with a different key is ignored. */
  constructor(
    private readonly folder: string,
    private readonly key: string,
  ) {}

  /** Adds a checkpoint. A crash at any moment leaves at least one whole checkpoint. */
  async save(header: Omit<CheckpointHeader, 'key'>, read: (name: string) => Promise<Float32Array>): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await this.keepLast();
    await writeCheckpoint(this.file('last'), { ...header, key: this.key }, read);
  }

  /** The newest checkpoint that is whole. */
  async load(): Promise<Found> {
    await this.removeUnfinished();
    const notes: string[] = [];
    for (const name of ['last', 'previous'] as const) {
      try {
        const checkpoint = await readCheckpoint(this.file(name));
        if (!checkpoint) continue;
        if (checkpoint.header.key === this.key) return { checkpoint, notes };
        notes.push(`${this.file(name)} belongs to another training and is not used`);
      } catch (error) {
        if (!(error instanceof DamagedCheckpoint)) throw error;
        notes.push(`${this.file(name)} is damaged (${error.message}) and was removed`);
        // Or the next save would put it in the place of the whole one before it.
        await rm(this.file(name), { force: true });
      }
    }
    return { checkpoint: null, notes };
  }

  /** The last checkpoint becomes the one before; there may be none yet. */
  private async keepLast(): Promise<void> {
    try {
      await rename(this.file('last'), this.file('previous'));
      await syncFolder(this.folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** What a process that was killed while it saved has left behind. */
  private async removeUnfinished(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) if (/^last\.checkpoint\..+\.tmp$/.test(name)) await rm(path.join(this.folder, name));
  }

  private file(name: 'last' | 'previous'): string {
    return path.join(this.folder, `${name}.checkpoint`);
  }
}
