import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A disk of its own in memory that can be filled to the last byte. Only root on Linux can have one. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  static mount(folder: string, bytes: number): SmallDisk {
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'pipe' });
    return new SmallDisk(folder);
  }

  /** Leaves no room at all. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.folder);
    writeFileSync(this.ballast, Buffer.alloc(bavail * bsize));
  }

  /** Makes room again. */
  clear(): void {
    rmSync(this.ballast, { force: true });
  }

  unmount(): void {
    execFileSync('umount', [this.folder], { stdio: 'pipe' });
  }

  private get ballast(): string {
    return path.join(this.folder, 'ballast');
  }
}

/** Whether this user may mount a disk; says so when not. */
export function canMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'triscale-mount-'));
  try {
    SmallDisk.mount(folder, 65_536).unmount();
    return true;
  } catch (error) {
    process.stderr.write(`skipped: needs the right to mount a tmpfs (root on Linux): ${(error as Error).message}\n`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
