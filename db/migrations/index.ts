import type { Migration } from '../migrate.js';
import { initial } from './0001-initial.js';
import { farm } from './0002-farm.js';
import { testReads } from './0003-test-reads.js';
import { choices } from './0004-choices.js';
import { mistakes } from './0005-mistakes.js';
import { proposals } from './0006-proposals.js';

/** Every schema of a store, oldest first. Append a migration; never edit one that was released. */
export const migrations: readonly Migration[] = [initial, farm, testReads, choices, mistakes, proposals];
