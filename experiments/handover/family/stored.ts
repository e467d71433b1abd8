import { existsSync } from 'node:fs';
import { StoreReader } from '../../../db/reader.js';
import type { SeedNoise } from '../../../search/evidence/noise.js';
import { readSearchEvidence } from '../evidence.js';
import type { Trained } from '../exports/family-tables.js';
import { trainedAccuracies } from './compare.js';
import { familyStore } from './plan.js';

/** What the trained networks of a family have reached. */
export interface TrainedFamily {
  readonly trained: Trained;
  readonly noise: SeedNoise;
  readonly store: string;
}

/** Reads the trainings of a family beside the store of its search: those of one plan, or of the latest one; null where nothing was trained. */
export function readTrainedFamily(searchStore: string, searchId?: number): TrainedFamily | null {
  const file = familyStore(searchStore);
  if (!existsSync(file)) return null;
  const reader = StoreReader.open(file);
  try {
    const summary = reader.searches().findLast(({ id }) => searchId === undefined || id === searchId);
    if (!summary) return null;
    const { selection } = readSearchEvidence(reader, summary);
    return { trained: trainedAccuracies(selection), noise: selection.noise, store: reader.file };
  } finally {
    reader.close();
  }
}
