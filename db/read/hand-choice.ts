import type { HandChoice } from '../../search/evidence/choice.js';
import type { Db } from '../database.js';

/** What was chosen by hand in a search, if that has not been taken back. */
export function readHandChoice(db: Db): (searchId: number) => HandChoice | null {
  const latest = db.prepare<[number], { networkId: string | null; note: string; atMs: number }>(`
    SELECT network_id AS networkId, note, at_ms AS atMs FROM choices WHERE search_id = ? ORDER BY id DESC LIMIT 1`);
  return (searchId) => {
    const found = latest.get(searchId);
    return found?.networkId ? { ...found, networkId: found.networkId } : null;
  };
}
