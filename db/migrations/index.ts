import type { Migration } from '../migrate.js';
import { initial } from './0001-initial.js';
import { farm } from './0002-farm.js';

/** Every schema there ever was, oldest first. Append; never edit one that was released. */
export const migrations: readonly Migration[] = [initial, farm];
