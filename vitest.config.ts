import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/no-leaks.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      // Covers what runs in the tests' own process; child processes and the page in Chromium are not seen.
      enabled: process.env.TRISCALE_COVERAGE === '1',
      provider: 'v8',
      include: ['search/**/*.ts', 'workers/**/*.ts', 'db/**/*.ts', 'dashboard/**/*.{ts,tsx}', 'experiments/**/*.ts'],
      exclude: ['workers/engine/tfjs/wasm/assembly/**', '**/*.d.ts'],
      reporter: ['json-summary'],
      reportOnFailure: true,
    },
  },
});
