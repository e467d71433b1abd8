// A coordinator in a process of its own, for tests that kill it: `node search-process.mjs OPTIONS.json` runs a search and prints its events.
import { readFileSync } from 'node:fs';
import { runSearch } from '../../dist/experiments/run/search-run.js';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const options = JSON.parse(readFileSync(process.argv[2], 'utf8'));
say(await runSearch({ ...options, onEvent: say }));
