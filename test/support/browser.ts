import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium as launcher, type Page } from 'playwright-core';
import { chromium } from './parts.js';

/** The page as `npm run build` leaves it. */
export const builtPage = path.resolve(import.meta.dirname, '../../dist/dashboard/page');

/** Debian's Chromium without a window. In a container it has no sandbox of its own, and no shared memory to speak of. */
export function launchBrowser(): Promise<Browser> {
  return launcher.launch({
    executablePath: chromium,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** What a page must not do: throw, complain on the console, or ask another host. */
export interface Complaints {
  readonly list: string[];
}

/** Opens a page that writes down every error, every warning of the console and every request to another origin than `origin`. */
export async function watchedPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: Complaints }> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 900 },
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  const list: string[] = [];
  page.on('pageerror', (error) => list.push(`error: ${error.message}`));
  page.on('dialog', async (dialog) => {
    list.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') list.push(`${message.type()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) list.push(`request: ${url}`);
  });
  return { page, complaints: { list } };
}
