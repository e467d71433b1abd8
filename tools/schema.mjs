// Writes db/schema.sql: the schema of a new store, as all migrations leave it. `--check` only compares, and exits 1 where they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { schemaText } = await import(path.join(root, 'dist/db/schema.js'));
const file = path.join(root, 'db/schema.sql');
const text = schemaText();
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('db/schema.sql is not what the migrations leave: npm run schema');
  process.exitCode = 1;
}
