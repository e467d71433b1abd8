import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const page = path.join(root, 'dashboard/page');

/** The files that each file of a folder imports by a relative path, types included; paths are relative to `base`. */
function importsOf(folder: string, base: string): Map<string, string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  return new Map(
    files.map((file) => {
      const full = path.join(folder, file);
      const specifiers = [...readFileSync(full, 'utf8').matchAll(/^(?:import|export)\b[^;]*?'(\.[^']+)';/gm)];
      const targets = specifiers.map(([, specifier]) =>
        sourceOf(path.resolve(path.dirname(full), specifier as string)),
      );
      return [path.relative(base, full), targets.map((target) => path.relative(base, target))];
    }),
  );
}

/** The source that an import of `x.js` means. */
function sourceOf(file: string): string {
  const candidates = ['.ts', '.tsx'].map((ending) => file.replace(/\.js$/, ending));
  return candidates.find(existsSync) ?? file;
}

/** A way from a file back to itself; null where there is none. */
function findCycle(imports: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const target of imports.get(file) ?? []) {
      const cycle = visit(target, [...way, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return null;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return null;
}

describe('the imports of the page', () => {
  const imports = importsOf(page, root);

  it('are all found', () => {
    expect(imports.size).toBeGreaterThan(50);
    for (const [file, targets] of imports)
      for (const target of targets) expect(existsSync(path.join(root, target)), `${file} imports ${target}`).toBe(true);
  });

  it('stay within the page, the dashboard, db and search', () => {
    for (const [file, targets] of imports)
      for (const target of targets) expect(target, file).toMatch(/^(dashboard|db|search)\//);
  });

  it('reach no server: what the browser runs comes from the page, the views and search', () => {
    for (const [file, targets] of imports)
      for (const target of targets) expect(target, file).not.toMatch(/^dashboard\/server\//);
  });

  it('have no cycle', () => {
    expect(findCycle(imports)).toBeNull();
  });

  it('a cycle is found', () => {
    const cyclic = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(findCycle(cyclic)).toEqual(['b', 'c', 'b']);
  });
});
