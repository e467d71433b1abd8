import type { Migration } from '../migrate.js';
import { initial } from './0001-initial.js';
import { farm } from './0002-farm.js';
import { testReads } from './0003-test-reads.js';
import { choices } from './0004-choices.js';
import { mistakes } from './0005-mistakes.js';

/** Every schema there ever was, oldest first. Append; never edit one that was released. */
export const migrations: readonly Migration[] = [initial, farm, testReads, choices, mistakes];

/** The oldest schema that can be read as it is: those since have only added tables, whose readers find nothing in an older store. */
export const oldestReadable = choices.version;
