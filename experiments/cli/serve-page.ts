import type { DashboardServer } from '../../dashboard/server/server.js';
import { cacheFolder } from '../../workers/cache-folder.js';
import { type Console, packageVersion } from './console.js';

export interface PageOptions {
  /** The SQLite file, which exists. */
  readonly store: string;
  /** 0: any free port. */
  readonly port: number;
  /** Default: reachable from this machine only. */
  readonly host?: string;
}

/** Serves the dashboard of a store and prints its two URLs: the first one shows, the second one also controls. */
export async function servePage({ store, port, host }: PageOptions, console: Console): Promise<DashboardServer> {
  const { startServer } = await import('../../dashboard/server/server.js');
  const { control } = await import('../control/control.js');
  const { coefficientsDownload } = await import('../handover/coefficients.js');
  const { validationPictures } = await import('../handover/validation-pictures.js');
  const pictures = validationPictures(cacheFolder());
  const server = await startServer({
    store,
    port,
    control: (searchId, command) => control(store, searchId, command),
    coefficients: (searchId) => coefficientsDownload(store, searchId, packageVersion()),
    pictures,
    ...(host ? { host } : {}),
  });
  console.record({ event: 'dashboard', url: server.url, controlUrl: server.controlUrl, store });
  console.say(`${server.url}  shows ${store}`);
  console.say(`${server.controlUrl}  also pauses, resumes, stops, retries and chooses`);
  return server;
}

/** The same while a search runs, whose store may not exist yet. Throws `store-busy` while another coordinator has it open. */
export async function servePageOfRun(store: string, port: number, console: Console): Promise<DashboardServer> {
  const { Store } = await import('../../db/store.js');
  const { upgradeNote } = await import('../run/run-store.js');
  const opened = Store.open(store);
  const note = upgradeNote(opened);
  opened.close();
  if (note !== null) {
    console.record({ event: 'note', trialId: null, message: note });
    console.say(note);
  }
  return servePage({ store, port }, console);
}
