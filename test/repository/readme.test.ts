import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { errorCodes } from '../../search/base/errors.js';
import { triscale } from '../support/command-line.js';

const root = path.resolve(import.meta.dirname, '../..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const commandsPage = readFileSync(path.join(root, 'docs/commands.md'), 'utf8');

it('the table of errors is the one in the code', () => {
  const rows = [...commandsPage.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows.filter(([code]) => Object.hasOwn(errorCodes, code ?? ''))).toEqual(Object.entries(errorCodes));
});

it('docs/commands.md names every command', async () => {
  const { out } = await triscale(['--help']);
  const commands = [...out.matchAll(/^ {2}([a-z-]+)(?: |$)/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'triscale' && name !== 'help');
  expect(commands.length).toBeGreaterThan(8);
  for (const command of commands) expect(commandsPage).toMatch(new RegExp(`^\\| \`${command}[ \`]`, 'm'));
});

it('.ci/run calls the test command of the README', () => {
  expect(readme).toContain('npm ci && npm test');
  const ci = readFileSync(path.join(root, '.ci/run'), 'utf8');
  expect(ci).toMatch(/^npm ci\b/m);
  expect(ci).toMatch(/^npm test$/m);
});

it('every page that the README links to exists', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link as string);
  expect(links.length).toBeGreaterThan(8);
  for (const link of links) expect(existsSync(path.join(root, link)), link).toBe(true);
});
