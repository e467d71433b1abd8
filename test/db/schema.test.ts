import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { schemaText } from '../../db/schema.js';

it('db/schema.sql is what the migrations leave', () => {
  const file = path.resolve(import.meta.dirname, '../../db/schema.sql');
  expect(readFileSync(file, 'utf8')).toBe(schemaText());
  expect(schemaText().match(/CREATE TABLE/g)?.length).toBeGreaterThan(10);
});
