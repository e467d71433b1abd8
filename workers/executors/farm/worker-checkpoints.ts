import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { TrialResult } from '../contract.js';

/** The checkpoint of a trial that is over stays for a while: a server that loses the result sends the trial again, which then costs nothing. */
const overForMs = 600_000;
/** A checkpoint that nobody has written to for so long belongs to a search that nobody goes on with. */
const abandonedMs = 7 * 24 * 3_600_000;

/** The checkpoints of the trials that a worker runs: in a folder of its own, or in one that all workers share, from which any of them goes on. */
export class WorkerCheckpoints {
  private readonly over = new Map<string, NodeJS.Timeout>();

  constructor(private readonly root: string) {}

  /** Makes the folder and removes what was abandoned in it. */
  async open(): Promise<void> {
    await mkdir(this.root, { recursive: true });
    for (const name of await readdir(this.root)) {
      const { mtimeMs } = await stat(path.join(this.root, name)).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (Date.now() - mtimeMs > abandonedMs) await this.remove(name);
    }
  }

  folderOf(trialId: string): string {
    const timer = this.over.get(trialId);
    if (timer) clearTimeout(timer);
    this.over.delete(trialId);
    return path.join(this.root, trialId);
  }

  /** Takes note of how an attempt ended. What may be tried again keeps its checkpoint. */
  ended({ trialId, outcome }: TrialResult): void {
    if (outcome.state !== 'completed' && outcome.state !== 'diverged' && outcome.state !== 'cancelled') return;
    this.over.set(
      trialId,
      setTimeout(() => {
        this.over.delete(trialId);
        this.remove(trialId).catch(() => {});
      }, overForMs).unref(),
    );
  }

  /** Removes the checkpoints of all trials that are over. */
  async close(): Promise<void> {
    for (const timer of this.over.values()) clearTimeout(timer);
    await Promise.all([...this.over.keys()].map((trialId) => this.remove(trialId)));
    this.over.clear();
  }

  private async remove(name: string): Promise<void> {
    await rm(path.join(this.root, name), { recursive: true, force: true });
  }
}
