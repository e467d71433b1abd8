import { statfsSync } from 'node:fs';
import { InputError } from '../search/base/errors.js';

/** File systems shared between hosts, by Linux's `statfs` type: their locks and shared memory do not carry SQLite's write-ahead log. */
const networkTypes: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4266872130: 'SMB2',
  4283649346: 'CIFS',
  1397113167: 'AFS',
  1937076805: 'Coda',
  12805120: 'Ceph',
  198183888: 'Lustre',
  1196443219: 'GPFS',
  428016422: 'BeeGFS',
};

/** The name of a network file system, or null for a local or unknown one. `type` is what `statfs` reports. */
export function networkFileSystem(type: number): string | null {
  return networkTypes[type >>> 0] ?? null;
}

/** Throws `bad-store` when `folder` lies on a network file system. */
export function refuseNetworkFileSystem(folder: string, file: string): void {
  const name = process.platform === 'linux' ? networkFileSystem(statfsSync(folder).type) : null;
  if (name !== null) {
    throw new InputError(
      'bad-store',
      `${file}: expected a local disk, got ${name}, whose locks SQLite cannot rely on; keep the store on this machine and share it with \`export\` or the dashboard`,
    );
  }
}
