import type { Db } from '../database.js';

/** The store's own name, drawn when it was made: what tells its searches from those of other stores. */
export function readIdentity(db: Db): () => string {
  const identity = db.prepare<[], string>('SELECT id FROM identity').pluck();
  return () => {
    const id = identity.get();
    if (id === undefined) throw new Error('a store without an identity');
    return id;
  };
}
