/**
 * The dashboard under load: how soon the page of 5,300 trials of 100 epochs is painted and filtered in Chromium, how soon a new result of such
 * a search reaches a page, how large its report is, and what 50 pages that poll and 20 that listen cost a search which they watch. Run it after a build, on a quiet machine. Writes the file named after `--out`;
 * exits 1 when a figure asked for is missed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureLag } from './dashboard/lag.mjs';
import { measureLoad } from './dashboard/load.mjs';
import { fillLarge, measurePage } from './dashboard/page.mjs';
import { measureReport } from './dashboard/report.mjs';

const { out, rounds } = parseArgs({
  options: { out: { type: 'string' }, rounds: { type: 'string', default: '5' } },
}).values;
const figures = { firstPaintMs: 1000, filterMs: 100, costToSearch: 0.05, resultLagMs: 2000 };

const folder = mkdtempSync(path.join(tmpdir(), 'triscale-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

/** What else ran on the machine: anything near 0 is quiet. */
const loadBefore = Number(loadavg()[0].toFixed(2));
const page = await measurePage(path.join(folder, 'large.sqlite'), Number(rounds));
console.log(
  `page: first painted after ${page.firstPaintMs} ms, all of it after ${page.allPaintedMs} ms; ` +
    `filtered in ${page.filterMs} ms, all of it in ${page.filterAllMs} ms`,
);
const report = await measureReport(path.join(folder, 'large.sqlite'));
console.log(`report: ${(report.reportBytes / 1e6).toFixed(1)} MB, written in ${report.reportSeconds} s`);
const running = path.join(folder, 'running.sqlite');
await fillLarge(running, { finish: 5000 });
const lag = await measureLag(running, 8);
console.log(`a new result is there after ${lag.resultLagMs} ms, at most ${lag.longestResultLagMs} ms`);
const load = await measureLoad(folder, Number(rounds));
console.log(
  `search: ${load.aloneSeconds} s alone, ${load.watchedSeconds} s watched, ${(100 * load.costToSearch).toFixed(1)} % more; ` +
    `answers by status ${JSON.stringify(load.answers)}, faults ${load.faults}`,
);

const result = {
  ...page,
  ...report,
  ...lag,
  ...load,
  loadBefore,
  machine: `${cpus()[0].model}, ${cpus().length} threads, Node ${process.version}`,
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim(),
  date: new Date().toISOString(),
};
if (out) writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);

const missed = Object.entries(figures).filter(([name, most]) => !(result[name] < most));
for (const [name, most] of missed) console.error(`missed: ${name} is ${result[name]}, not below ${most}`);
const locked = load.faults > 0 || Object.keys(load.answers).some((status) => status !== '200');
if (locked) console.error('missed: a watcher was refused or the server had a fault');
if (missed.length > 0 || locked) process.exitCode = 1;
