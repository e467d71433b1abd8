// Prints the coverage of the last test run with TRISCALE_COVERAGE=1: lines by room, and the least covered files.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { total, ...files } = JSON.parse(readFileSync(path.join(root, 'coverage/coverage-summary.json'), 'utf8'));
const rows = Object.entries(files).map(([file, { lines }]) => ({ file: path.relative(root, file), ...lines }));

const rooms = new Map();
for (const row of rows) rooms.set(roomOf(row), [...(rooms.get(roomOf(row)) ?? []), row]);
console.log('\nLines covered in the process of the tests (programs that they start are not seen):');
for (const [room, own] of rooms) {
  const covered = own.reduce((sum, row) => sum + row.covered, 0);
  const all = own.reduce((sum, row) => sum + row.total, 0);
  console.log(`  ${room.padEnd(12)} ${((100 * covered) / all).toFixed(1).padStart(5)} %  of ${all}`);
}
console.log(`  ${'all'.padEnd(12)} ${total.lines.pct.toFixed(1).padStart(5)} %  of ${total.lines.total}`);
console.log('Least covered, by lines that no test reaches:');
const least = rows.sort((a, b) => b.total - b.covered - (a.total - a.covered)).slice(0, 12);
for (const { file, covered, total: lines } of least)
  console.log(`  ${String(lines - covered).padStart(4)} of ${String(lines).padStart(4)}  ${file}`);

function roomOf({ file }) {
  return file.split(path.sep)[0];
}
