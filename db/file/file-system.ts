import { statfsSync } from 'node:fs';
import { InputError, show } from '../../search/base/errors.js';

/** File systems shared between hosts, by the type that Linux's `statfs` returns: their locks and shared memory do not support SQLite's write-ahead log. */
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

/** The name of a network file system by its `statfs` type; null for a local or unknown one. */
export function networkFileSystem(type: number): string | null {
  return networkTypes[type >>> 0] ?? null;
}

/** Throws `bad-store` if `folder` is on a network file system. */
export function refuseNetworkFileSystem(folder: string, file: string): void {
  const name = process.platform === 'linux' ? networkFileSystem(statfsSync(folder).type) : null;
  if (name !== null) {
    throw new InputError(
      'bad-store',
      `store ${show(file)} is on a network file system (${name}), whose locks SQLite cannot rely on; keep it on a local disk and share it with \`export\` or the dashboard`,
    );
  }
}
