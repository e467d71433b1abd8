/**
 * Takes the pictures of the dashboard for the README from a store, by default that of the demo, and writes them to docs/images: desktop and
 * phone, light and dark. Run it after a build: `npm run screenshots -- --store runs/demo.sqlite`. `--only accuracy --as cifar10` takes
 * one of them, here the chart of accuracy against cost alone, under a name of its own.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { store, out, only, as } = parseArgs({
  options: {
    store: { type: 'string', default: path.join(root, 'runs/demo.sqlite') },
    out: { type: 'string', default: path.join(root, 'docs/images') },
    only: { type: 'string' },
    as: { type: 'string' },
  },
}).values;
if (!existsSync(store)) {
  console.error(`--store: expected the store of a search, got ${store}; \`npm start\` makes that of the demo`);
  process.exit(2);
}
const dist = (name) => import(pathToFileURL(path.join(root, 'dist', name)).href);
const { startServer } = await dist('dashboard/server/server.js');
const { StoreReader } = await dist('db/reader.js');
const { validationPictures } = await dist('experiments/handover/validation-pictures.js');
const { cacheFolder } = await dist('workers/cache-folder.js');

const reader = StoreReader.open(store);
const search = reader.searches().at(-1);
const best = reader
  .trials(search.id)
  .filter(({ state }) => state === 'completed')
  .reduce((a, b) => (b.result.validationAccuracy > a.result.validationAccuracy ? b : a));
reader.close();

const place = `#/searches/${search.id}`;
/** Where, how wide, and what part: from the top of the page or one panel. Those that are `extra` are taken when they are asked for. */
const pictures = [
  {
    name: 'accuracy',
    hash: place,
    width: 1360,
    height: 900,
    scheme: 'light',
    part: '.lead > :first-child',
    extra: true,
  },
  { name: 'search', hash: place, width: 1360, height: 1150, scheme: 'light' },
  { name: 'simplex-dark', hash: place, width: 1360, height: 900, scheme: 'dark', part: '.side-by-side' },
  { name: 'trial', hash: `${place}/trials/${best.id}`, width: 1360, height: 1000, scheme: 'light' },
  {
    name: 'mistakes',
    hash: `${place}/trials/${best.id}`,
    width: 1360,
    height: 1000,
    scheme: 'light',
    part: '[aria-labelledby=mistakes-title]',
    extra: true,
  },
  { name: 'phone', hash: place, width: 390, height: 1150, scheme: 'light' },
  { name: 'phone-dark', hash: place, width: 390, height: 1150, scheme: 'dark' },
];

mkdirSync(out, { recursive: true });
const server = await startServer({ store, pictures: validationPictures(cacheFolder()) });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
try {
  const wanted = pictures.filter(({ name, extra }) => (only === undefined ? !extra : name === only));
  for (const { name, hash, width, height, scheme, part } of wanted) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
    const page = await context.newPage();
    await page.goto(`${server.url}${hash}`);
    await page.locator('main:not([aria-busy]) canvas').first().waitFor();
    // The panels follow one another; the last request of a page is answered by then.
    await page.waitForLoadState('networkidle').catch(() => undefined);
    await page.waitForTimeout(1500);
    await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
    const picture = part ? await page.locator(part).screenshot() : await page.screenshot();
    const file = path.join(out, `${as ?? name}.png`);
    await sharp(picture).png({ palette: true, quality: 90, effort: 10 }).toFile(file);
    console.log(`${path.relative(root, file)}  ${Math.round(statSync(file).size / 1024)} KiB`);
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
