import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A page with nothing on it, for tests of the server alone: returns its folder. */
export function emptyPage(folder: string): string {
  const page = path.join(folder, 'page');
  mkdirSync(page, { recursive: true });
  for (const name of ['index.html', 'app.js', 'app.css', 'icon.svg']) writeFileSync(path.join(page, name), '');
  return page;
}
