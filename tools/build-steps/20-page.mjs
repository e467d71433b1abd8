// Bundles the dashboard's page: one script, one style sheet, nothing from another host.
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';

const folder = 'dist/dashboard/page';

export const step = {
  source: ['dashboard', 'search', 'db'],
  output: folder,
  build(_run, root) {
    mkdirSync(path.join(root, folder), { recursive: true });
    esbuild.buildSync({
      absWorkingDir: root,
      entryPoints: [
        { in: 'dashboard/page/main.tsx', out: 'app' },
        { in: 'dashboard/page/styles/index.css', out: 'app' },
      ],
      outdir: folder,
      bundle: true,
      minify: true,
      format: 'esm',
      target: ['es2023', 'chrome115', 'firefox115', 'safari16'],
      tsconfig: 'dashboard/page/tsconfig.json',
      legalComments: 'none',
      logLevel: 'warning',
    });
    for (const name of ['index.html', 'icon.svg'])
      copyFileSync(path.join(root, 'dashboard/page', name), path.join(root, folder, name));
  },
};
