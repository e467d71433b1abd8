/**
 * Serves the store named in the arguments and plays one page on its search: at every event it reads what a page reads. Prints a line for
 * each trial when an answer first has it as completed. Ends with its input.
 */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { startServer } = await import(pathToFileURL(path.join(root, 'dist/dashboard/server/server.js')).href);
const server = await startServer({ store: process.argv[2] });
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const get = async (part) => (await fetch(new URL(`api/searches/1/${part}`, server.url))).json();

const plan = await get('plan');
const known = new Set();
async function look() {
  const { trials, selection } = await get('state');
  const at = Date.now();
  trials.forEach(({ state }, i) => {
    const { id } = plan.trials[i];
    if (state !== 'completed' || known.has(id)) return;
    known.add(id);
    say({ id, at });
  });
  const best = selection.estimates.slice(0, 10).map(({ networkId }) => networkId);
  await Promise.all(['surface', 'family', 'failures', `curves?networks=${best}`].map(get));
}

await look();
say({ ready: true });
const { body } = await fetch(new URL('api/events', server.url));
const reader = body.getReader();
createReadStream('', { fd: 0 })
  .on('end', async () => {
    await reader.cancel().catch(() => undefined);
    await server.close();
    process.exit(0);
  })
  .resume();
for (;;) {
  const { done } = await reader.read();
  if (done) break;
  await look();
}
