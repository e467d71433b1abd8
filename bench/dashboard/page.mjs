/** How soon the page is painted and filtered, in Chromium. */
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { median, sleep } from './common.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** 1,060 networks, five seeds each, a hundred epochs. */
const large = {
  experiment: {
    name: 'large',
    grid: {
      alpha: { from: 1, to: 2.2, step: 0.04 },
      beta: { from: 1, to: 1.6, step: 0.04 },
      gamma: { from: 1, to: 1.6, step: 0.04 },
      tolerance: 2,
    },
    training: { epochs: 100 },
    replicates: 5,
  },
  simulation: { faults: { crash: 0.02, diverge: 0.01 } },
};

/** Medians over `rounds` visits, each in a fresh context without a cache; milliseconds from the start of the navigation or from the click. */
export async function measurePage(store, rounds) {
  const { networks, trials, recipe } = await fillLarge(store);
  const { startServer } = await import(pathToFileURL(path.join(root, 'dist/dashboard/server/server.js')).href);
  const server = await startServer({ store });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const visits = [];
  const filters = [];
  try {
    // One visit more than is counted: the first starts the browser's processes.
    for (let i = 0; i <= rounds; i++) {
      const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
      const page = await context.newPage();
      await page.addInitScript(watch);
      await page.goto(`${server.url}#/searches/1`);
      const visit = { first: await markOf(page, 'first'), all: await markOf(page, 'all') };
      const own = [];
      for (const state of ['failed', 'completed']) {
        await sleep(500);
        own.push(await page.evaluate(filterBy, state));
      }
      await context.close();
      if (i === 0) continue;
      visits.push(visit);
      filters.push(...own);
    }
  } finally {
    await browser.close();
    await server.close();
  }
  const of = (list, name) => Math.round(median(list.map((each) => each[name])));
  return {
    networks: networks.length,
    trials: trials.length,
    epochs: recipe.epochs,
    firstPaintMs: of(visits, 'first'),
    allPaintedMs: of(visits, 'all'),
    filterMs: of(filters, 'shown'),
    filterAllMs: of(filters, 'all'),
  };
}

/** Fills a store with that search, whole or with so many trials finished; returns its plan. */
export async function fillLarge(file, options = {}) {
  // The bundle must lie below the root for its imports to be found.
  const folder = mkdtempSync(path.join(root, 'node_modules', '.dashboard-'));
  try {
    const outfile = path.join(folder, 'simulated-store.mjs');
    const entry = path.join(root, 'test/support/simulated-store.ts');
    const bundling = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' };
    await build({ ...bundling, entryPoints: [entry], outfile });
    const { fillSimulatedStore } = await import(pathToFileURL(outfile).href);
    return fillSimulatedStore(file, { ...large, ...options }).plan;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs in the page, before its own script: marks the frames that show the first chart and the last panel. */
function watch() {
  const seen = new Set();
  const once = (name, selector) => {
    if (seen.has(name) || !document.querySelector(selector)) return;
    seen.add(name);
    requestAnimationFrame(() => setTimeout(() => performance.mark(name)));
  };
  const look = () => {
    // Chart.js gives the canvas its size when it draws.
    once('first', '.lead canvas[style*="width"]');
    once('all', '#curves-title ~ *, .multiples canvas[style*="width"]');
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
}

async function markOf(page, name) {
  for (;;) {
    const found = await page.evaluate((mark) => performance.getEntriesByName(mark)[0]?.startTime, name);
    if (found !== undefined) return found;
    await sleep(20);
  }
}

/** Runs in the page: from a click on a state of the filter to the frame that shows it, and to the one in which the last table does. */
async function filterBy(state) {
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const tableNote = () => document.querySelector('section[aria-labelledby="table-title"] .note').textContent;
  const before = tableNote();
  const begun = performance.now();
  document.querySelector(`.chip-${state}`).click();
  await frame();
  const shown = performance.now() - begun;
  while (tableNote() === before) await frame();
  await frame();
  return { shown, all: performance.now() - begun };
}
