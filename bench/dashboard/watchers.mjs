/**
 * Serves the store named in the arguments and plays 50 pages that poll, as the page does where events do not come through, and 20 that
 * listen; all of them read the overview and the search again whenever it has changed. Ends with its input; prints what it was answered.
 */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sleep } from './common.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { startServer } = await import(pathToFileURL(path.join(root, 'dist/dashboard/server/server.js')).href);
let faults = 0;
const server = await startServer({ store: process.argv[2], onError: () => faults++ });
const answers = {};
let isOver = false;

async function get(target) {
  const response = await fetch(new URL(target, server.url));
  answers[response.status] = (answers[response.status] ?? 0) + 1;
  return response;
}

const readSearch = async () => {
  for (const target of ['api/searches', 'api/searches/1/state']) await (await get(target)).arrayBuffer();
};

async function poll() {
  let seen;
  await sleep(2000 * Math.random());
  while (!isOver) {
    const { revision } = await (await get('api/revision')).json();
    if (revision !== seen) await readSearch();
    seen = revision;
    await sleep(2000);
  }
}

async function listen() {
  const { body } = await get('api/events');
  const reader = body.getReader();
  while (!isOver) {
    const { done } = await reader.read();
    if (done) break;
    await readSearch();
  }
  await reader.cancel().catch(() => undefined);
}

const clients = [...Array.from({ length: 50 }, poll), ...Array.from({ length: 20 }, listen)];
createReadStream('', { fd: 0 })
  .on('end', async () => {
    isOver = true;
    const { user, system } = process.cpuUsage();
    await Promise.race([Promise.allSettled(clients), sleep(3000)]);
    await server.close();
    console.log(JSON.stringify({ answers, faults, cpuMs: (user + system) / 1000 }));
    process.exit(0);
  })
  .resume();
