/**
 * Images a second and core that the loader gives from JPEGs of 500 × 375 pixels at 224, beside Pillow and PyTorch's DataLoader over the same
 * files, in rounds that take turns. The loader cuts the middle out and resizes it; the peers crop at random, flip and resize.
 *
 *   node bench/data.mjs [--threads 1] [--images 600] [--rounds 3] [--python PATH] [--out FILE]
 *
 * Prints a JSON list, one entry per competitor: the median of the rounds in images a second, and that for each thread. A peer whose Python
 * packages are missing is named and left out.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { Random } from '../dist/search/base/random.js';
import { closeImages } from '../dist/workers/data/dataset.js';
import { trainingBatches } from '../dist/workers/data/loader/batches.js';
import { openDataset } from '../dist/workers/data/open.js';
import { circumstances, median } from './machine.mjs';

const { values: options } = parseArgs({
  options: {
    threads: { type: 'string', default: '1' },
    images: { type: 'string', default: '600' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
    out: { type: 'string' },
  },
});
const threads = Number(options.threads);
const images = Number(options.images);
const rounds = Number(options.rounds);
const resolutionPx = 224;
const peers = ['pillow', 'torchvision'];

const folder = mkdtempSync(path.join(tmpdir(), 'triscale-bench-data-'));
try {
  await writePhotos(path.join(folder, 'photos'));
  const competitors = [await loader(), ...(await Promise.all(peers.map(peer)))].filter(Boolean);
  const speeds = new Map(competitors.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, measure } of competitors) {
      const imagesPerSecond = await measure(round);
      // The first round warms up.
      if (round > 0) speeds.get(name).push(imagesPerSecond);
    }
  }
  for (const { close } of competitors) await close();
  const entries = competitors.map(({ name, version }) => {
    const imagesPerSecond = median(speeds.get(name));
    const perThread = imagesPerSecond / threads;
    return { name, version, threads, images, resolutionPx, imagesPerSecond, perThread, ...circumstances() };
  });
  process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
  if (options.out) writeFileSync(options.out, `${JSON.stringify(entries, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Photographs of 500 × 375 pixels and about 40 kB: smooth colours with some noise. */
async function writePhotos(root) {
  const random = new Random(1);
  const [width, height] = [500, 375];
  for (let i = 0; i < images; i++) {
    const colours = Uint8Array.from({ length: 40 * 30 * 3 }, () => random.below(256));
    const pixels = await sharp(colours, { raw: { width: 40, height: 30, channels: 3 } })
      .resize(width, height)
      .raw()
      .toBuffer();
    for (let at = 0; at < pixels.length; at++)
      pixels[at] = Math.max(0, Math.min(255, pixels[at] + random.below(21) - 10));
    const file = path.join(root, i % 2 ? 'a' : 'b', `${i}.jpg`);
    mkdirSync(path.dirname(file), { recursive: true });
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 85 })
      .toFile(file);
  }
}

/** Our loader: batches of 32 through its threads, without a cache of decoded images. */
async function loader() {
  const spec = { source: 'folder', path: path.join(folder, 'photos'), validation: 0.01, test: 0, seed: 1 };
  const dataset = await openDataset(spec, { cacheFolder: path.join(folder, 'cache'), memoryBytes: 0, threads });
  const train = await dataset.open('train', resolutionPx);
  return {
    name: 'triscale',
    version: sharp.versions.vips,
    async measure(epoch) {
      const begun = performance.now();
      let count = 0;
      const order = { batch: 32, seed: 1, epoch: epoch + 1, flip: true, cropPadding: 0 };
      for await (const batch of trainingBatches(train, order)) count += batch.count;
      return (1000 * count) / (performance.now() - begun);
    },
    close: () => closeImages(train),
  };
}

/** A loader in Python, which answers each line with its images a second; null where its packages are missing. */
async function peer(name) {
  const program = fileURLToPath(new URL('./peers/data_peer.py', import.meta.url));
  const args = [program, name, path.join(folder, 'photos'), String(threads), String(resolutionPx)];
  const child = spawn(options.python, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close').catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await lines.next();
  const about = value === undefined ? { missing: `${options.python} did not start` } : JSON.parse(value);
  if (about.missing) {
    process.stderr.write(`without ${name}: ${about.missing}\n`);
    return null;
  }
  return {
    name,
    version: about.version,
    async measure() {
      child.stdin.write('round\n');
      return JSON.parse((await lines.next()).value).imagesPerSecond;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
