/**
 * Predicted over measured peak memory of trainings, by engine: one JSON value, written to the file named after `--out`. Each training is a
 * process of its own; `--rounds` of them (1 for wasm, whose heap is counted to the byte), and the median counts. `--engines wasm,tensorflow`
 * by default; tensorflow is what `triscale engine install tensorflow` built. Exits 1 when a prediction is off by more than 15 %.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { circumstances, median } from './machine.mjs';

const most = 0.15;
const root = path.resolve(import.meta.dirname, '..');
const program = path.join(root, 'test/workers/engine/memory-program.mjs');

/** Network, resolution, batch, and for those that save memory micro-batches and whether blocks are computed twice. */
const trainings = [
  ['mbconv-tiny', 32, 128],
  ['mbconv-tiny', 32, 256],
  ['mbconv-tiny', 32, 512, 4, 'kept'],
  ['mobilenetv2-small', 32, 8],
  ['mobilenetv2-small', 32, 16],
  ['mobilenetv2-small', 32, 32, 1, 'recompute'],
  ['efficientnet-b0-small', 32, 16],
  ['mobilenetv1', 64, 32],
  ['mnasnet-a1', 64, 16],
  ['efficientnet-b0', 64, 8],
  ['efficientnet-b0', 64, 32],
  ['efficientnet-b0', 64, 16, 1, 'recompute'],
  ['resnet18', 64, 16],
  ['resnet18', 32, 32],
  ['resnet18', 64, 32, 1, 'recompute'],
  ['resnet50', 64, 16],
  ['vgg16', 32, 16],
];

const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: 'wasm,tensorflow' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
});

async function measure(engine, training) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    path.join(root, 'dist'),
    engine,
    ...training.map(String),
  ]);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const mebibytes = (bytes) => Number((bytes / 2 ** 20).toFixed(1));
const rows = [];
for (const training of trainings) {
  const [network, resolutionPx, batch, microBatches = 1, blocks = 'kept'] = training;
  for (const engine of values.engines.split(',')) {
    const peaks = [];
    let predicted = 0;
    for (let round = 0; round < (engine === 'wasm' ? 1 : Number(values.rounds)); round++) {
      const { measuredBytes, predictedBytes } = await measure(engine, training);
      peaks.push(measuredBytes);
      predicted = predictedBytes;
    }
    const ratio = Number((predicted / median(peaks)).toFixed(3));
    const measured = { least: Math.min(...peaks), median: median(peaks), most: Math.max(...peaks) };
    rows.push({
      engine,
      network,
      resolutionPx,
      batch,
      microBatches,
      recompute: blocks === 'recompute',
      predictedMebibytes: mebibytes(predicted),
      measuredMebibytes: Object.fromEntries(Object.entries(measured).map(([name, bytes]) => [name, mebibytes(bytes)])),
      ratio,
    });
    process.stderr.write(`${engine} ${training.join(' ')}: ${ratio}\n`);
  }
}
const met = rows.every(({ ratio }) => Math.abs(ratio - 1) <= most);
const text = JSON.stringify({ asked: most, met, trainings: rows, ...circumstances() }, null, 2);
console.log(text);
if (values.out) writeFileSync(values.out, `${text}\n`);
if (!met) process.exitCode = 1;
